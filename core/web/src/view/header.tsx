import type { RefObject } from "preact";
import type { Camera, LiveReport } from "../api/types";
import { use_messages } from "../i18n/context";
import type { Language } from "../i18n/messages";
import type { Area } from "../model/filter";
import { Counts } from "./counts";
import { Icon } from "./icon";
import { LanguageSwitch } from "./language_switch";

interface Props {
  cameras: Camera[] | undefined;
  live: LiveReport | undefined;
  /** Cameras left by search and filter. */
  shown: number;
  search: string;
  search_box: RefObject<HTMLInputElement>;
  on_search: (text: string) => void;
  areas: Area[];
  area_id: number | null;
  on_area: (id: number | null) => void;
  on_language: (language: Language) => void;
}

export function Header(props: Props) {
  const messages = use_messages();
  const { cameras, live, shown, search, areas, area_id } = props;

  const leave_search = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      props.on_search("");
      props.search_box.current?.blur();
    }
  };

  return (
    <header class="header">
      <h1 class="brand">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        Gatehouse
      </h1>
      {cameras !== undefined && cameras.length > 0 && (
        <>
          <Counts cameras={cameras} live={live} shown={shown} />
          <label class="search">
            <Icon name="search" />
            <span class="for-screen-readers">{messages.search}</span>
            <input
              ref={props.search_box}
              type="search"
              name="search"
              autocomplete="off"
              spellcheck={false}
              placeholder={messages.search}
              value={search}
              onInput={(event) => props.on_search(event.currentTarget.value)}
              onKeyDown={leave_search}
            />
            <kbd aria-hidden="true">/</kbd>
          </label>
          {areas.length > 0 && (
            <label class="area">
              <span class="for-screen-readers">{messages.area}</span>
              <select
                name="area"
                value={area_id === null ? "" : String(area_id)}
                onChange={(event) => props.on_area(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}
              >
                <option value="">{messages.all_areas}</option>
                {areas.map((area) => (
                  <option key={area.id} value={String(area.id)}>
                    {area.name}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      )}
      <LanguageSwitch on_language={props.on_language} />
    </header>
  );
}
