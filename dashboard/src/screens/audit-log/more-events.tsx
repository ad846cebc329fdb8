/** Loads the next page when its button is pressed or scrolls into view. */
import { useEffect, useRef } from "react";
import { Button } from "../../controls/button.tsx";
import { Fault } from "../../controls/states.tsx";

/** How far below the visible area loading starts. */
const AHEAD = "400px";

export function MoreEvents({ isBusy, error, load }: { isBusy: boolean; error: unknown; load: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const mayLoad = !isBusy && error === null;
  useEffect(() => {
    const watched = place.current;
    if (watched === null || !mayLoad) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load(), { rootMargin: AHEAD });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [mayLoad, load]);
  return (
    <div ref={place} className="flex flex-col items-center gap-3 border-t border-line p-4">
      {error !== null && <Fault error={error} />}
      <Button busy={isBusy} onClick={load}>
        Show older events
      </Button>
    </div>
  );
}
