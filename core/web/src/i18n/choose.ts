import type { Language } from "./messages";

const kKey = "gatehouse.language";

/** The remembered language, else the browser's ("id-ID", and "in" as old Android writes it), else English. */
export function choose_language(remembered: string | null, browser: string): Language {
  if (remembered === "en" || remembered === "id") {
    return remembered;
  }
  return /^(id|in)\b/i.test(browser) ? "id" : "en";
}

/** Storage may be forbidden (private windows); then the choice lasts as long as the page. */
export function remembered_language(): string | null {
  try {
    return localStorage.getItem(kKey);
  } catch {
    return null;
  }
}

export function remember_language(language: Language): void {
  try {
    localStorage.setItem(kKey, language);
  } catch {
    // Lasts as long as the page.
  }
}
