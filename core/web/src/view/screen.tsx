import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Camera, LiveReport } from "../api/types";
import { use_messages } from "../i18n/context";
import type { Language } from "../i18n/messages";
import { areas_of, filter_cameras } from "../model/filter";
import { unknown_live } from "../model/tile_state";
import { Announcer } from "./announcer";
import { EmptyState } from "./empty_state";
import { FullView } from "./full_view";
import { Grid } from "./grid";
import { Header } from "./header";
import { NoMatch } from "./no_match";
import { neighbours } from "./navigation";
import { use_route } from "./use_route";
import { use_search_key } from "./use_search_key";

interface Props {
  /** Undefined until the first answer. */
  cameras: Camera[] | undefined;
  live: LiveReport | undefined;
  lost: boolean;
  on_language: (language: Language) => void;
}

export function Screen({ cameras, live, lost, on_language }: Props) {
  const messages = use_messages();
  const [search, set_search] = useState("");
  const [area_id, set_area_id] = useState<number | null>(null);
  const search_box = useRef<HTMLInputElement>(null);
  const { open_id, replace, close } = use_route();
  use_search_key(search_box, open_id === null);

  const areas = useMemo(() => areas_of(cameras ?? []), [cameras]);
  const known_area = areas.some((area) => area.id === area_id) ? area_id : null;
  const found = useMemo(() => filter_cameras(cameras ?? [], search, known_area), [cameras, search, known_area]);
  use_focus_after_closing(open_id);
  use_title(cameras?.find((camera) => camera.id === open_id)?.name);
  const covered = open_id !== null && cameras !== undefined;

  return (
    <>
      {covered && (
        <FullView
          key={open_id}
          camera={cameras.find((camera) => camera.id === open_id)}
          live={live?.cameras.get(open_id) ?? unknown_live(open_id)}
          around={neighbours(found, open_id)}
          on_replace={replace}
          on_close={close}
        />
      )}
      <div class="page" inert={covered}>
        <a class="skip" href="#cameras" onClick={(event) => skip_to_cameras(event)}>
          {messages.skip_to_cameras}
        </a>
        <Header
          cameras={cameras}
          live={lost ? undefined : live}
          shown={found.length}
          search={search}
          search_box={search_box}
          on_search={set_search}
          areas={areas}
          area_id={known_area}
          on_area={set_area_id}
          on_language={on_language}
        />
        {lost && (
          <p class="banner" role="status">
            {messages.connection_lost}
          </p>
        )}
        {live?.engine === null && cameras !== undefined && cameras.length > 0 && <p class="banner">{messages.no_engine}</p>}
        <main class="main">
          {cameras === undefined ? (
            <p class="notice" role="status">
              {messages.loading}…
            </p>
          ) : cameras.length === 0 ? (
            <EmptyState />
          ) : found.length === 0 ? (
            <NoMatch
              on_clear={() => {
                set_search("");
                set_area_id(null);
                search_box.current?.focus();
              }}
            />
          ) : (
            <Grid cameras={found} live={live} covered={covered} />
          )}
        </main>
      </div>
      <Announcer cameras={cameras} live={live} />
    </>
  );
}

/** The tile of a camera whose full view was closed has the focus again. */
function use_focus_after_closing(open_id: number | null): void {
  const was_open = useRef(open_id);
  useEffect(() => {
    if (open_id === null && was_open.current !== null) {
      document.querySelector<HTMLElement>(`[data-tile="${was_open.current}"]`)?.focus();
    }
    was_open.current = open_id;
  }, [open_id]);
}

function use_title(camera_name: string | undefined): void {
  useEffect(() => {
    document.title = camera_name === undefined ? "Gatehouse" : `${camera_name} · Gatehouse`;
  }, [camera_name]);
}

/** The hash belongs to the screens, so that the link moves the focus itself. */
function skip_to_cameras(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>(".tile")?.focus();
}
