/** Calls `onChange` when the element can be seen or no longer can: scrolled away, or in a hidden tab. */
export function watchInView(element: Element, onChange: (isInView: boolean) => void): () => void {
  let isOnScreen = false;
  let wasInView = false;
  const tell = () => {
    const isInView = isOnScreen && document.visibilityState === 'visible';
    if (isInView === wasInView) return;
    wasInView = isInView;
    onChange(isInView);
  };
  const observer = new IntersectionObserver((entries) => {
    isOnScreen = entries.at(-1)?.isIntersecting ?? false;
    tell();
  });
  observer.observe(element);
  document.addEventListener('visibilitychange', tell);
  return () => {
    observer.disconnect();
    document.removeEventListener('visibilitychange', tell);
  };
}
