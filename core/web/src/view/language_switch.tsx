import { kDictionaries, use_language, use_messages } from "../i18n/context";
import type { Language } from "../i18n/messages";

const kLanguages: readonly Language[] = ["en", "id"];

export function LanguageSwitch({ on_language }: { on_language: (language: Language) => void }) {
  const messages = use_messages();
  const chosen = use_language();
  return (
    <div class="languages" role="group" aria-label={messages.language}>
      {kLanguages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          data-language={language}
          title={kDictionaries[language].language_name}
          aria-label={kDictionaries[language].language_name}
          aria-pressed={language === chosen}
          onClick={() => on_language(language)}
        >
          {language.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
