// Streamlit adds an entry to the browser's history for every change of the address that Python makes. Here only
// another page is an entry: one press on Back leaves the page. While it opens a page Streamlit also takes choices out
// of the address of the old one, bit by bit; that is undone, so that Back finds the old page as it was.
// A run of the old page that was under way when Back was pressed would enter it again; it is not let in.

const MOMENT = 2000; // milliseconds that opening a page may take

export default function keepOneEntryAPage() {
  if (history.oneEntryAPage) return;
  history.oneEntryAPage = true;
  const push = history.pushState.bind(history);
  let here = location.pathname;
  let before = null; // the address of this page before it changed within the last moment
  let left = null; // the page that Back or Forward left within the last moment
  addEventListener(
    "popstate",
    () => {
      const now = here === location.pathname ? null : { pathname: here };
      left = now;
      here = location.pathname;
      setTimeout(() => (left = left === now ? null : left), 2 * MOMENT);
    },
    true,
  );
  for (const wish of ["pointerdown", "keydown"]) addEventListener(wish, () => (left = null), true);
  history.pushState = (state, title, address) => {
    const goal = new URL(address ?? "", document.baseURI);
    if (goal.pathname === location.pathname) {
      const kept = (before ??= { address: location.href });
      setTimeout(() => (before = before === kept ? null : before), MOMENT);
      return history.replaceState(state, title, address);
    }
    if (goal.pathname === left?.pathname) return;
    if (before) history.replaceState(state, title, before.address);
    before = null;
    here = goal.pathname;
    return push(state, title, address);
  };
}
