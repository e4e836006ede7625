"""A confined process that loads what every reader of Word files loads, and reads nothing."""

import io
import json
import sys
import zipfile

from lxml import etree

if __name__ == "__main__":
    content = sys.stdin.buffer.read()
    print(json.dumps({"loaded": [bool(etree.LXML_VERSION), bool(zipfile.ZIP_DEFLATED), len(io.BytesIO(content).getvalue())]}))
