import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en } from "./en";
import { id } from "./id";
import type { Language, Messages } from "./messages";

export const kDictionaries: Record<Language, Messages> = { en, id };

export const LanguageContext = createContext<Language>("en");

export function use_language(): Language {
  return useContext(LanguageContext);
}

export function use_messages(): Messages {
  return kDictionaries[use_language()];
}
