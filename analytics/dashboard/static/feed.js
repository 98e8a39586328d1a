// New alerts as they are told. While paused they wait, and are counted.
(() => {
  const MOST_SHOWN = 200;
  const list = document.getElementById("feed");
  const button = document.getElementById("pause");
  const state = document.getElementById("feed-state");
  const waiting = [];
  let isPaused = false;

  const say = (words) => {
    state.textContent = words;
  };

  const add = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const item = holder.content.firstElementChild;
    for (const other of list.children) {
      if (other.dataset.alert === item.dataset.alert) {
        if (other.dataset.told === item.dataset.told) return;
        other.remove();
        break;
      }
    }
    item.classList.add("fresh");
    list.prepend(item);
    while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
    document.getElementById("no-alerts").hidden = true;
  };

  const tell = () => say(isPaused ? `Paused; ${waiting.length} new` : "Live");

  const feed = new EventSource(`/alerts/feed?since=${encodeURIComponent(list.dataset.since)}`);
  feed.addEventListener("open", tell);
  feed.addEventListener("error", () => say("The dashboard does not answer; trying again"));
  feed.addEventListener("away", () => say("The database does not answer; trying again"));
  feed.addEventListener("back", tell);
  feed.addEventListener("message", (event) => {
    if (isPaused) {
      waiting.push(event.data);
      waiting.splice(0, waiting.length - MOST_SHOWN);
      tell();
    } else {
      add(event.data);
    }
  });

  say("Connecting");
  button.hidden = false;
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? "Go on" : "Pause";
    if (!isPaused) waiting.splice(0).forEach(add);
    tell();
  });
})();
