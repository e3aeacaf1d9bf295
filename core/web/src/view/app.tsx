import { useEffect, useMemo, useState } from "preact/hooks";
import { parse_cameras, parse_live } from "../api/parse";
import { use_poll } from "../api/use_poll";
import { choose_language, remember_language, remembered_language } from "../i18n/choose";
import { LanguageContext } from "../i18n/context";
import type { Language } from "../i18n/messages";
import { stale_report } from "../model/stale";
import { Screen } from "./screen";

const kCamerasIntervalMs = 10_000;
const kLiveIntervalMs = 2_500;
/** One lost answer is no news; the second attempt comes a second later. */
const kFailuresBeforeBanner = 2;

export function App() {
  const [language, set_language] = useState<Language>(() => choose_language(remembered_language(), navigator.language));
  const cameras = use_poll("/api/stream", kCamerasIntervalMs, parse_cameras);
  const live = use_poll("/api/live", kLiveIntervalMs, parse_live);
  const lost = Math.max(cameras.failures, live.failures) >= kFailuresBeforeBanner;

  const report = useMemo(() => (lost ? stale_report(live.value) : live.value), [lost, live.value]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const choose = useMemo(
    () => (chosen: Language) => {
      remember_language(chosen);
      set_language(chosen);
    },
    [],
  );

  return (
    <LanguageContext.Provider value={language}>
      <Screen cameras={cameras.value} live={report} lost={lost} on_language={choose} />
    </LanguageContext.Provider>
  );
}
