// Looks every second whether the check of the clause library is ready, and then shows its report.
const progress = document.getElementById("check-progress");
const seconds = document.getElementById("check-seconds");

async function look() {
  try {
    const answer = await fetch(progress.dataset.status, { headers: { Accept: "application/json" } });
    const state = await answer.json();
    if (!answer.ok || !state.running) {
      window.location.reload();
      return;
    }
    seconds.textContent = state.seconds;
  } catch {
    // the network is away for a moment; the next look tells
  }
  setTimeout(look, 1000);
}

if (progress) {
  setTimeout(look, 1000);
}
