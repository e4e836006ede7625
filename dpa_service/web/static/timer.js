// Counts the running timer on, second by second, from the server's clock. Without this the page shows the time as it was when loaded.

const strip = document.querySelector("[data-timer]");
const clock = strip?.querySelector("[data-timer-clock]");

if (clock) {
  const started = Date.parse(strip.dataset.started);
  const ahead = Date.parse(strip.dataset.now) - Date.now();
  const show = () => {
    const seconds = Math.max(0, Math.floor((Date.now() + ahead - started) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    clock.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  };
  show();
  setInterval(show, 1000);
}
