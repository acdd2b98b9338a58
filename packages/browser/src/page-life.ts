import type { TabStore } from './tab-store.js'

/**
 * Leaves the other tabs alone while the page is in the back-forward cache, where it hears nothing, and looks again when it comes out of it.
 *
 * @returns What ends it.
 */
export function followPage(store: TabStore): () => void {
  const onHide = (): void => store.peers.leave()
  const onShow = ({ persisted }: PageTransitionEvent): void => {
    store.peers.join()
    if (persisted) void store.catchUp()
  }
  window.addEventListener('pagehide', onHide)
  window.addEventListener('pageshow', onShow)
  return () => {
    window.removeEventListener('pagehide', onHide)
    window.removeEventListener('pageshow', onShow)
    store.peers.leave()
  }
}
