#include "db/owner_database.h"

#include <gatehouse/error.h>

#include <utility>

namespace gatehouse::db {
namespace {

// One snapshot for the whole function (sqlite.org/isolation.html: it begins with the first read).
class Snapshot {
public:
    explicit Snapshot(Connection& connection) : connection_(connection) { run("BEGIN"); }
    ~Snapshot() {
        try {
            run("COMMIT");
        } catch (...) {
            sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    // In the pool's own name, and kept prepared.
    void run(const char* sql) {
        sqlite3_stmt* statement = connection_.prepare(sql);
        const int code = sqlite3_step(statement);
        sqlite3_reset(statement);
        if (code != SQLITE_DONE) throw connection_.failure(code, sql);
    }
    Connection& connection_;
};

}  // namespace

OwnerDatabase::OwnerDatabase(PoolParts parts, std::shared_ptr<const Access> access, Outbox* outbox)
    : parts_(parts), access_(std::move(access)), outbox_(outbox) {}

OwnerDatabase::~OwnerDatabase() { parts_.writer.drain(); }

void OwnerDatabase::read_erased(const char* label, const std::function<void(ReadTx&)>& fn) {
    auto lease = parts_.readers.acquire(access_->owner, label);
    Connection& connection = lease.connection();
    const auto begin = std::chrono::steady_clock::now();
    struct Note {
        Counters& counters;
        const char* label;
        std::chrono::steady_clock::time_point begin;
        int exceptions = std::uncaught_exceptions();
        ~Note() {
            const auto took = std::chrono::steady_clock::now() - begin;
            counters.labels.note(label, std::chrono::duration_cast<std::chrono::microseconds>(took),
                                 std::uncaught_exceptions() > exceptions);
        }
    } const note{parts_.counters, label, begin};
    ++parts_.counters.reads;
    const Snapshot snapshot(connection);
    const Connection::Acting acting(connection, *access_);
    ReadTransaction tx(connection, label, parts_.deadlines);
    fn(tx);
}

void OwnerDatabase::write_erased(const char* label, Durability durability, std::function<void(WriteTx&)> fn,
                                 std::function<void(std::exception_ptr)> done) {
    WriteJob job;
    job.label = label;
    job.durability = durability;
    job.access = access_;
    job.fn = std::move(fn);
    job.done = std::move(done);
    if (parts_.writer.try_queue(job)) return;
    const auto refused = std::make_exception_ptr(
        Error(ErrorCode::kUnavailable,
              std::string(label) + ": the write queue of the database is full or closed; try again"));
    if (job.done) job.done(refused);
}

Registration OwnerDatabase::subscribe(const std::string& name, const std::string& type_prefix,
                                      std::function<void(const RecordedFact&)> handler) {
    return outbox_->subscribe(access_->owner, name, type_prefix, std::move(handler));
}

}  // namespace gatehouse::db
