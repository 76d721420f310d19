// Streamlit adds an entry to the browser's history for every change of the address that Python makes. Here only
// another page is an entry: one press on Back leaves the page. While it opens a page Streamlit also takes choices out
// of the address of the old one, bit by bit; that is undone, so that Back finds the old page as it was.

const MOMENT = 2000; // milliseconds that opening a page may take

export default function keepOneEntryAPage() {
  if (history.oneEntryAPage) return;
  history.oneEntryAPage = true;
  const push = history.pushState.bind(history);
  let before = null;
  history.pushState = (state, title, address) => {
    const goal = new URL(address ?? "", document.baseURI);
    if (goal.pathname === location.pathname) {
      const kept = (before ??= { address: location.href });
      setTimeout(() => (before = before === kept ? null : before), MOMENT);
      return history.replaceState(state, title, address);
    }
    if (before) history.replaceState(state, title, before.address);
    before = null;
    return push(state, title, address);
  };
}
