import type { Language } from "../i18n/messages";

const kLocales: Record<Language, string> = { en: "en-GB", id: "id-ID" };

function parts(date: Date, language: Language, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(kLocales[language], options).format(date);
}

/** "10:02" today, "23 Nov, 10:02" before today, in the viewer's time zone. */
export function format_since(since_ms: number, now_ms: number, language: Language): string {
  const since = new Date(since_ms);
  const time = `${String(since.getHours()).padStart(2, "0")}:${String(since.getMinutes()).padStart(2, "0")}`;
  if (since.toDateString() === new Date(now_ms).toDateString()) {
    return time;
  }
  const same_year = since.getFullYear() === new Date(now_ms).getFullYear();
  const day = parts(since, language, { day: "numeric", month: "short", ...(same_year ? {} : { year: "numeric" }) });
  return `${day}, ${time}`;
}
