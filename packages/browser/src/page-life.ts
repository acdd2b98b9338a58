import type { TabStore } from './tab-store.js'

/**
 * Leaves the other tabs alone while the page is in the back-forward cache, where it hears nothing, and looks again when it comes out of it, or was frozen: what the others
 * said meanwhile may never arrive.
 *
 * @returns What ends it.
 */
export function followPage(store: TabStore): () => void {
  const onHide = (): void => store.peers.leave()
  const onShow = ({ persisted }: PageTransitionEvent): void => {
    store.peers.join()
    if (persisted) void store.catchUp()
  }
  const onReturn = (): void => {
    if (document.visibilityState !== 'hidden') void store.catchUp()
  }
  document.addEventListener('resume', onReturn)
  document.addEventListener('visibilitychange', onReturn)
  window.addEventListener('pagehide', onHide)
  window.addEventListener('pageshow', onShow)
  return () => {
    document.removeEventListener('resume', onReturn)
    document.removeEventListener('visibilitychange', onReturn)
    window.removeEventListener('pagehide', onHide)
    window.removeEventListener('pageshow', onShow)
    store.peers.leave()
  }
}
