// Only in a build with AddressSanitizer: GLib and x265 never free some tables of theirs, which is not our leak to fix.
#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libglib-2.0.so\nleak:libx265.so\n"; }
#endif
