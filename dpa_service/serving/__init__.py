"""What the API and the pages share: the running application, who may call, headers, errors, logs, health."""
