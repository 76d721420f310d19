// A row of thumbnails, one of which is chosen: by click, by touch, or with the arrow keys.

const PATIENCE = 250;  // milliseconds, so that a held arrow key does not open every page on its way

// Streamlit serves pictures beside its pages, also where the app lives below another path.
const served = (address) => new URL(address, location.href.replace(/[?#].*$/, "").replace(/\/$/, "")).href;

const make = (kind, name) => Object.assign(document.createElement(kind), { className: name });

function makePage(key, choose) {
  const page = make("div", "page");
  page.setAttribute("role", "option");
  page.dataset.key = key;
  page.append(make("div", "thumb"), make("span", "name"));
  page.addEventListener("click", () => choose(key, 0));
  return page;
}

function fill(page, item, isChosen) {
  page.setAttribute("aria-selected", isChosen);
  page.tabIndex = isChosen ? 0 : -1;
  const told = JSON.stringify(item);
  if (page.dataset.told === told) return;
  page.dataset.told = told;
  page.setAttribute("aria-label", item.alt);
  page.title = item.alt;
  page.querySelector(".name").textContent = item.label;
  page.querySelector(".thumb").replaceChildren(item.picture ? picture(item) : icon(item.icon, "icon"));
  page.querySelector(".flag")?.remove();
  if (item.flag) page.append(icon("flag", "icon flag"));
}

function picture(item) {
  return Object.assign(make("img", ""), { src: served(item.picture), alt: "", loading: "lazy", draggable: false });
}

function icon(name, kind) {
  const found = make("i", kind);
  found.textContent = name;
  found.setAttribute("aria-hidden", "true");
  return found;
}

function reveal(strip, page) {
  const left = page.offsetLeft - strip.offsetLeft, right = left + page.offsetWidth;
  if (left < strip.scrollLeft) strip.scrollLeft = left - 16;
  else if (right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = right - strip.clientWidth + 16;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const strip = parentElement.querySelector(".strip");
  // until the answer comes, what was picked is shown as chosen
  if (strip.picked === data.chosen) strip.picked = null;
  const chosen = strip.picked ?? data.chosen;
  const choose = (key, patience) => {
    clearTimeout(strip.timer);
    strip.picked = key;
    mark(key);
    strip.timer = setTimeout(() => setTriggerValue("pick", key), patience);
  };
  const mark = (key) => {
    for (const page of strip.children) {
      const isChosen = page.dataset.key === key;
      page.setAttribute("aria-selected", isChosen);
      page.tabIndex = isChosen ? 0 : -1;
      if (isChosen) reveal(strip, page);
    }
  };
  const known = new Map([...strip.children].map((page) => [page.dataset.key, page]));
  const pages = data.pages.map((item) => {
    const page = known.get(item.key) ?? makePage(item.key, (...chosen) => strip.choose(...chosen));
    fill(page, item, item.key === chosen);
    return page;
  });
  if (pages.length !== strip.children.length || pages.some((page, index) => page !== strip.children[index])) {
    strip.replaceChildren(...pages);
  }
  strip.choose = choose;
  if (strip.chosen !== chosen) mark(chosen);
  strip.chosen = chosen;
  strip.onkeydown = (event) => {
    const at = [...strip.children].indexOf(event.target.closest(".page"));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: strip.children.length - 1 }[event.key];
    const page = strip.children[to];
    if (!page) return;
    event.preventDefault();
    page.focus({ preventScroll: true });
    choose(page.dataset.key, PATIENCE);
  };
}
