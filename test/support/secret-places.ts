/** Where in a page a secret is: in sight, in what the browser stores for it, in its history, or anywhere in its memory. */
import type { Page } from "playwright-core";

/** Each place as a text in which the secret could be. */
const PLACES = `(async () => {
  const databases = await indexedDB.databases();
  const contents = databases.map(({ name }) => new Promise((done, fail) => {
    const opening = indexedDB.open(name);
    opening.onerror = fail;
    opening.onsuccess = () => {
      const database = opening.result;
      const stores = [...database.objectStoreNames];
      const read = (store) => new Promise((all) => {
        const reading = database.transaction(store).objectStore(store).getAll();
        reading.onsuccess = () => all(reading.result);
      });
      Promise.all(stores.map(read)).then(done);
    };
  }));
  return {
    markup: document.documentElement.outerHTML,
    text: document.documentElement.innerText,
    inputs: [...document.querySelectorAll("input, textarea")].map(({ value }) => value).join(" "),
    address: location.href,
    title: document.title,
    history: JSON.stringify(history.state),
    name: window.name,
    localStorage: JSON.stringify(Object.entries(localStorage)),
    sessionStorage: JSON.stringify(Object.entries(sessionStorage)),
    indexedDB: JSON.stringify(await Promise.all(contents)),
    caches: JSON.stringify(await caches.keys()),
    cookie: document.cookie,
    performance: JSON.stringify(performance.getEntries()),
  };
})()`;

/** The names of the places; "memory" is any string that the page's scripts can still reach. */
export async function secretPlaces(page: Page, secret: string): Promise<string[]> {
  // First, because looking into the other places brings texts into memory.
  const memory = await memoryOf(page);
  const places = await page.evaluate<Record<string, string>>(PLACES);
  const cookies = JSON.stringify(await page.context().cookies());
  return Object.entries({ ...places, cookies, memory }).flatMap(([name, text]) => (text.includes(secret) ? [name] : []));
}

/** A snapshot of the heap after everything that nothing reaches has been collected. */
async function memoryOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => void chunks.push(chunk));
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  return chunks.join("");
}
