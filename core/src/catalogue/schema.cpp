#include "catalogue/schema.h"

namespace gatehouse::catalogue {

namespace {

constexpr const char* kFirst = R"sql(
CREATE TABLE core_area (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,  -- the number people and URLs use; never reused
    name          TEXT NOT NULL UNIQUE,               -- 1 to 100 bytes
    description   TEXT NOT NULL DEFAULT '',
    rt            TEXT NOT NULL DEFAULT '',           -- rukun tetangga, neighbourhood unit
    rw            TEXT NOT NULL DEFAULT '',           -- rukun warga, unit of neighbourhoods
    kelurahan     TEXT NOT NULL DEFAULT '',           -- urban village
    kecamatan     TEXT NOT NULL DEFAULT '',           -- district
    latitude      REAL,                               -- degrees north, WGS 84; null: not known
    longitude     REAL,                               -- degrees east, WGS 84; null: not known
    created_at_us INTEGER NOT NULL                    -- UTC, microseconds since 1970
) STRICT;

CREATE TABLE core_camera (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,  -- the number people and URLs use; never reused
    uuid            TEXT NOT NULL UNIQUE,               -- permanent identity, lower case; names folders and sealed places
    name            TEXT NOT NULL,                      -- 1 to 100 bytes
    description     TEXT NOT NULL DEFAULT '',
    location        TEXT NOT NULL DEFAULT '',
    group_name      TEXT NOT NULL DEFAULT '',
    area_id         INTEGER REFERENCES core_area (id) ON DELETE RESTRICT,
    latitude        REAL,                               -- degrees north, WGS 84; null: not known
    longitude       REAL,                               -- degrees east, WGS 84; null: not known
    status          TEXT NOT NULL,                      -- active, maintenance or offline: what the operator says of it
    is_tunnel       INTEGER NOT NULL,                   -- 1: reached through a tunnel, listed last
    enabled         INTEGER NOT NULL,                   -- 0: not pulled, not shown
    visibility      TEXT NOT NULL,                      -- public, members or area
    transport       TEXT NOT NULL,                      -- auto, tcp or udp
    main_url        TEXT NOT NULL,                      -- rtsp:// or rtsps://, without user info
    main_user       BLOB,                               -- sealed (AES-256-GCM, see sealing.h); null: none
    main_password   BLOB,                               -- sealed; null: none
    sub_url         TEXT,                               -- null: no sub stream
    sub_user        BLOB,                               -- sealed; null: none
    sub_password    BLOB,                               -- sealed; null: none
    stream_key      TEXT NOT NULL UNIQUE,               -- random UUIDv4 in viewers' URLs; changes on request
    video_codec     TEXT NOT NULL,                      -- h264 or h265, as the operator declared it
    created_at_us   INTEGER NOT NULL,                   -- UTC, microseconds since 1970
    updated_at_us   INTEGER NOT NULL,                   -- UTC, microseconds since 1970
    source_revision INTEGER NOT NULL                    -- rises when URL, credentials or transport change
) STRICT;
CREATE INDEX core_camera_area ON core_camera (area_id);

CREATE VIEW v_area AS
    SELECT id, name, description, rt, rw, kelurahan, kecamatan, latitude, longitude, created_at_us FROM core_area;
-- Without addresses and credentials: those reach an engine through the catalogue only.
CREATE VIEW v_camera AS
    SELECT id, uuid, name, description, location, group_name, area_id, latitude, longitude, status, is_tunnel, enabled,
           visibility, video_codec, created_at_us, updated_at_us
    FROM core_camera;
)sql";

}  // namespace

db::DbIdentity database_identity() { return {"core", "core_", {{1, kFirst}}}; }

}  // namespace gatehouse::catalogue
