/* hlsload - N live HLS viewers on one epoll loop, and what they cost a server.
 *
 * Each viewer behaves as a simple real player (RFC 8216 6.3.4): loads the multivariant playlist (following redirects),
 * the media playlist, the init segment, starts 3 segments before the live edge, then reloads the media playlist one
 * target duration after a changed one and half a target duration after an unchanged one, and loads every new segment,
 * all over one keep-alive connection.
 *
 *   hlsload -u http://127.0.0.1:PORT/cam/index.m3u8 -n 1000 [-d 15] [-r ramp] [-w warm] [-H 'Header: value']...
 *           [-p pid,pid] [-S count:KiB_per_s] [-c] [-t timeout] [-l label]
 *   -d  seconds measured, after ramp and warm-up
 *   -r  seconds over which viewers arrive (default n/500, at least 2; 0: all at once)
 *   -w  seconds between the last arrival and the measurement (default 5)
 *   -p  server processes: their CPU (user and system), resident set (peak of samples) and proportional set (at the end);
 *       with -T the descendants as well
 *   -S  the first COUNT viewers are slow readers: at most that rate, with a 32 KiB receive buffer
 *   -c  keep cookies (as a browser on https); default: none (a browser on plain http drops MediaMTX's Secure cookies)
 *
 * Prints one JSON object. Latency is request sent -> last byte. stall: the play buffer ran empty; late: a segment whose
 * download took longer than it lasts. Segment bodies are discarded in the kernel (MSG_TRUNC). Exit 0 when it could measure.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum Kind { K_NONE, K_MASTER, K_MEDIA, K_INIT, K_SEG };
enum Rx { RX_HEAD, RX_BODY, RX_CHUNK_LINE, RX_CHUNK_DATA, RX_CHUNK_CRLF, RX_TRAILER, RX_EOF };
#define MAXQ 64
typedef struct {
    long long seq;
    double dur;
    char *uri;
} Seg;
typedef struct {
    int fd, connected, slow, retried, redirects, throttled, started, fresh;
    enum Kind kind;
    enum Rx rx;
    char *req;
    int reqlen, reqoff;
    char *path; /* path of the running request */
    char *head;
    int headlen, headcap;
    char *body;
    size_t bodylen, bodycap;
    int status, keep;
    long long remain, got;
    char loc[1024];
    double t_req, t_first, wake;
    int heappos;
    char *master, *media, *init;
    int init_done;
    char cookie[512];
    Seg q[MAXQ];
    int qh, qn;
    long long next_seq;
    double target, next_reload;
    int have_seq;
    double cur_dur;
    int playing;
    double buf_end;
    long budget;
    double budget_t;
} V;

static char host[300], hostport[300], hdrs[2048];
static int port = 80;
static struct sockaddr_in addr;
static int N = 100, use_cookies = 0, with_descendants = 0, slow_n = 0;
static double dur = 15, ramp = -1, warm = 5, tmo = 15;
static long slow_rate = 0;
static const char *label = "";
static char *start_path;
static V *vs;
static int ep;
static char *shared;
static size_t SH = 1 << 20;
static int measuring = 0;
static long long c_req, c_pl, c_seg, c_init, c_bytes, c_segbytes, e_conn, e_status, e_closed, e_timeout, e_parse,
    c_reconn, c_stall, c_late, c_skip, c_redir, c_unchanged;
static long long st_hist[600];
static double stall_s;
typedef struct {
    float *a;
    size_t n, cap;
} Arr;
static Arr L_pl, L_seg, L_fb;
static void push(Arr *r, double x) {
    if (!measuring) return;
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 65536;
        r->a = realloc(r->a, r->cap * sizeof(float));
    }
    r->a[r->n++] = (float)x;
}
static int fcmp(const void *a, const void *b) {
    float x = *(float *)a, y = *(float *)b;
    return x < y ? -1 : x > y;
}
static double pct(Arr *r, double p) {
    if (!r->n) return -1;
    size_t i = (size_t)(p * (r->n - 1) + 0.5);
    return r->a[i] * 1000;
}
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}
#define CNT(x)                \
    do {                      \
        if (measuring) (x)++; \
    } while (0)

/* --- timer heap, one wake per viewer --- */
static int *hp, hn;
static void hset(int i, int v) {
    hp[i] = v;
    vs[v].heappos = i;
}
static void up(int i) {
    int v = hp[i];
    while (i > 0 && vs[hp[(i - 1) / 2]].wake > vs[v].wake) {
        hset(i, hp[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    hset(i, v);
}
static void down(int i) {
    int v = hp[i];
    for (;;) {
        int c = 2 * i + 1;
        if (c >= hn) break;
        if (c + 1 < hn && vs[hp[c + 1]].wake < vs[hp[c]].wake) c++;
        if (vs[hp[c]].wake >= vs[v].wake) break;
        hset(i, hp[c]);
        i = c;
    }
    hset(i, v);
}
static void wake_at(V *v, double t) {
    int id = v - vs;
    v->wake = t;
    if (v->heappos < 0) {
        hset(hn, id);
        hn++;
        up(hn - 1);
    } else {
        up(v->heappos);
        down(v->heappos);
    }
}
static int pop(void) {
    int v = hp[0];
    hn--;
    vs[v].heappos = -1;
    if (hn > 0) {
        hset(0, hp[hn]);
        down(0);
    }
    return v;
}

/* --- process figures --- */
static int pids[256], npids;
static long tick;
static long pagesz;
static int pstat(int pid, int *ppid, double *cpu) {
    char f[64], b[1024];
    snprintf(f, sizeof f, "/proc/%d/stat", pid);
    int fd = open(f, O_RDONLY);
    if (fd < 0) return -1;
    int n = read(fd, b, sizeof b - 1);
    close(fd);
    if (n <= 0) return -1;
    b[n] = 0;
    char *p = strrchr(b, ')');
    if (!p) return -1;
    unsigned long ut, st;
    int pp;
    if (sscanf(p + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &pp, &ut, &st) != 3) return -1;
    if (ppid) *ppid = pp;
    if (cpu) *cpu = (double)(ut + st) / tick;
    return 0;
}
static void expand(void) {
    for (int again = 1; again;) {
        again = 0;
        DIR *d = opendir("/proc");
        struct dirent *e;
        while ((e = readdir(d))) {
            int p = atoi(e->d_name), pp;
            if (p <= 0 || pstat(p, &pp, 0)) continue;
            int in = 0, par = 0;
            for (int i = 0; i < npids; i++) {
                in |= pids[i] == p;
                par |= pids[i] == pp;
            }
            if (par && !in && npids < 256) {
                pids[npids++] = p;
                again = 1;
            }
        }
        closedir(d);
    }
}
static double cpu_all(void) {
    double s = 0, c;
    for (int i = 0; i < npids; i++)
        if (!pstat(pids[i], 0, &c)) s += c;
    return s;
}
static double rss_all(void) {
    double s = 0;
    for (int i = 0; i < npids; i++) {
        char f[64];
        snprintf(f, sizeof f, "/proc/%d/statm", pids[i]);
        FILE *x = fopen(f, "r");
        long a, b;
        if (x) {
            if (fscanf(x, "%ld %ld", &a, &b) == 2) s += (double)b * pagesz / 1048576;
            fclose(x);
        }
    }
    return s;
}
static double pss_all(void) {
    double s = 0;
    for (int i = 0; i < npids; i++) {
        char f[64], l[256];
        snprintf(f, sizeof f, "/proc/%d/smaps_rollup", pids[i]);
        FILE *x = fopen(f, "r");
        long k;
        if (x) {
            while (fgets(l, sizeof l, x))
                if (sscanf(l, "Pss: %ld kB", &k) == 1) s += k / 1024.0;
            fclose(x);
        }
    }
    return s;
}

/* --- viewers --- */
static void begin(V *v, enum Kind k, const char *path);
static void next_action(V *v);
static void clearq(V *v) {
    while (v->qn) {
        free(v->q[v->qh].uri);
        v->qh = (v->qh + 1) % MAXQ;
        v->qn--;
    }
}
static void closefd(V *v) {
    if (v->fd >= 0) close(v->fd);
    v->fd = -1;
    v->connected = 0;
}
static void restart(V *v) {
    closefd(v);
    clearq(v);
    free(v->media);
    v->media = 0;
    free(v->init);
    v->init = 0;
    v->init_done = 0;
    v->have_seq = 0;
    v->kind = K_NONE;
    v->redirects = 0;
    v->playing = 0;
    v->retried = 0;
    wake_at(v, now() + 0.5 + drand48());
}
static void ev(V *v, int mod, unsigned e) {
    struct epoll_event x = {.events = e, .data.u32 = v - vs};
    epoll_ctl(ep, mod, v->fd, &x);
}
static int do_connect(V *v) {
    v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (v->fd < 0) return -1;
    int one = 1;
    setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (v->slow) {
        int b = 32768;
        setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &b, sizeof b);
    }
    v->connected = 0;
    v->fresh = 1;
    if (connect(v->fd, (void *)&addr, sizeof addr) && errno != EINPROGRESS) {
        closefd(v);
        return -1;
    }
    ev(v, EPOLL_CTL_ADD, EPOLLOUT | EPOLLIN);
    return 0;
}
static void fail(V *v, long long *c) {
    CNT(*c);
    restart(v);
}
static void sendreq(V *v) {
    while (v->reqoff < v->reqlen) {
        ssize_t n = send(v->fd, v->req + v->reqoff, v->reqlen - v->reqoff, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                ev(v, EPOLL_CTL_MOD, EPOLLOUT | EPOLLIN);
                return;
            }
            return; /* the read side will report it */
        }
        v->reqoff += n;
    }
    ev(v, EPOLL_CTL_MOD, EPOLLIN);
}
static void begin(V *v, enum Kind k, const char *path) {
    char *np = strdup(path);
    free(v->path);
    v->path = np;
    v->kind = k;
    v->rx = RX_HEAD;
    v->headlen = 0;
    v->bodylen = 0;
    v->got = 0;
    v->t_first = 0;
    v->loc[0] = 0;
    free(v->req);
    char ck[560] = "";
    if (use_cookies && v->cookie[0]) snprintf(ck, sizeof ck, "Cookie: %s\r\n", v->cookie);
    v->reqlen = asprintf(&v->req, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: hlsload\r\nAccept: */*\r\n%s%s\r\n",
                         v->path, hostport, hdrs, ck);
    v->reqoff = 0;
    v->t_req = now();
    CNT(c_req);
    if (v->fd < 0) {
        if (do_connect(v)) {
            fail(v, &e_conn);
            return;
        }
    } else {
        v->fresh = 0;
        sendreq(v);
    }
}
static char *resolve(const char *base, const char *u) { /* -> path */
    if (!strncmp(u, "http://", 7)) {
        const char *s = strchr(u + 7, '/');
        return strdup(s ? s : "/");
    }
    if (u[0] == '/') return strdup(u);
    const char *q = strchr(base, '?');
    size_t bl = q ? (size_t)(q - base) : strlen(base);
    while (bl && base[bl - 1] != '/') bl--;
    char *r = malloc(bl + strlen(u) + 1);
    memcpy(r, base, bl);
    strcpy(r + bl, u);
    return r;
}
static int parse_playlist(V *v) {
    char *s = v->body;
    if (v->bodylen < 7 || strncmp(s, "#EXTM3U", 7)) return -1;
    s[v->bodylen] = 0;
    if (v->kind == K_MASTER) {
        char *p = strstr(s, "#EXT-X-STREAM-INF");
        if (p) {
            p = strchr(p, '\n');
            if (!p) return -1;
            p++;
            while (*p == '#') {
                p = strchr(p, '\n');
                if (!p) return -1;
                p++;
            }
            size_t l = strcspn(p, "\r\n");
            char c = p[l];
            p[l] = 0;
            free(v->media);
            v->media = resolve(v->path, p);
            p[l] = c;
            v->next_reload = 0;
            return 0;
        }
        free(v->media);
        v->media = strdup(v->path); /* already a media playlist */
    }
    long long seq = 0;
    double d = 0, tgt = v->target > 0 ? v->target : 2;
    char *save = 0;
    int changed = 0;
    Seg all[256];
    int na = 0;
    for (char *l = strtok_r(s, "\r\n", &save); l; l = strtok_r(0, "\r\n", &save)) {
        if (!strncmp(l, "#EXT-X-TARGETDURATION:", 22))
            tgt = atof(l + 22);
        else if (!strncmp(l, "#EXT-X-MEDIA-SEQUENCE:", 22))
            seq = atoll(l + 22);
        else if (!strncmp(l, "#EXTINF:", 8))
            d = atof(l + 8);
        else if (!strncmp(l, "#EXT-X-MAP:", 11)) {
            char *u = strstr(l, "URI=\"");
            if (u) {
                u += 5;
                char *e = strchr(u, '"');
                if (e) {
                    *e = 0;
                    char *r = resolve(v->path, u);
                    if (!v->init || strcmp(r, v->init)) {
                        free(v->init);
                        v->init = r;
                        v->init_done = 0;
                    } else
                        free(r);
                }
            }
        } else if (l[0] != '#' && l[0]) {
            if (na < 256) {
                all[na].seq = seq;
                all[na].dur = d;
                all[na].uri = l;
                na++;
            }
            seq++;
        }
    }
    v->target = tgt;
    if (!na) {
        v->next_reload = now() + tgt / 2;
        return 0;
    }
    if (!v->have_seq) {
        int i = na > 3 ? na - 3 : 0;
        v->next_seq = all[i].seq;
        v->have_seq = 1;
    }
    if (all[0].seq > v->next_seq) {
        if (measuring) c_skip += all[0].seq - v->next_seq;
        v->next_seq = all[0].seq;
    }
    if (all[na - 1].seq + 1 < v->next_seq - 1) { /* the stream started over */
        clearq(v);
        v->next_seq = all[na > 3 ? na - 3 : 0].seq;
    }
    for (int i = 0; i < na; i++)
        if (all[i].seq >= v->next_seq && v->qn < MAXQ) {
            Seg *q = &v->q[(v->qh + v->qn++) % MAXQ];
            q->seq = all[i].seq;
            q->dur = all[i].dur;
            q->uri = resolve(v->path, all[i].uri);
            v->next_seq = all[i].seq + 1;
            changed = 1;
        }
    if (!changed) CNT(c_unchanged);
    v->next_reload = v->t_req + (changed ? tgt : tgt / 2);
    return 0;
}
static void done(V *v) {
    double t = now(), dt = t - v->t_req;
    enum Kind k = v->kind;
    v->kind = K_NONE;
    v->retried = 0;
    if (!v->keep) closefd(v);
    if (measuring) {
        c_bytes += v->got;
        if (v->status > 0 && v->status < 600) st_hist[v->status]++;
    }
    if (v->status >= 300 && v->status < 400 && v->loc[0] && v->redirects < 6) {
        v->redirects++;
        CNT(c_redir);
        char *r = resolve(v->path, v->loc);
        begin(v, k, r);
        free(r);
        return;
    }
    if (v->status != 200) {
        CNT(e_status);
        if (k == K_SEG) {
            Seg *q = &v->q[v->qh];
            free(q->uri);
            v->qh = (v->qh + 1) % MAXQ;
            v->qn--;
            if (v->status != 401 && v->status != 403) {
                wake_at(v, t + 0.3);
                return;
            }
        }
        restart(v);
        return;
    }
    if (k == K_MASTER || k == K_MEDIA) {
        if (k == K_MEDIA) {
            CNT(c_pl);
            push(&L_pl, dt);
        }
        v->kind = k;
        int e = parse_playlist(v);
        v->kind = K_NONE;
        if (e) {
            fail(v, &e_parse);
            return;
        }
    } else if (k == K_INIT) {
        CNT(c_init);
        v->init_done = 1;
        if (v->got == 0) CNT(e_parse);
    } else if (k == K_SEG) {
        Seg *q = &v->q[v->qh];
        double d = q->dur;
        free(q->uri);
        v->qh = (v->qh + 1) % MAXQ;
        v->qn--;
        CNT(c_seg);
        if (measuring) c_segbytes += v->got;
        if (v->got == 0) CNT(e_parse);
        push(&L_seg, dt);
        push(&L_fb, v->t_first - v->t_req);
        if (dt > d) CNT(c_late);
        if (!v->playing) {
            v->playing = 1;
            v->buf_end = t + d;
        } else if (t > v->buf_end) {
            CNT(c_stall);
            if (measuring) stall_s += t - v->buf_end;
            v->buf_end = t + d;
        } else
            v->buf_end += d;
    }
    next_action(v);
}
static void next_action(V *v) {
    if (!v->media) {
        begin(v, K_MASTER, start_path);
        return;
    }
    double t = now();
    if (v->next_reload <= t) {
        begin(v, K_MEDIA, v->media);
        return;
    }
    if (v->init && !v->init_done) {
        begin(v, K_INIT, v->init);
        return;
    }
    if (v->qn) {
        begin(v, K_SEG, v->q[v->qh].uri);
        return;
    }
    wake_at(v, v->next_reload);
}
static int keepbody(V *v) { return v->kind == K_MASTER || v->kind == K_MEDIA; }
static void addbody(V *v, const char *p, size_t n) {
    v->got += n;
    if (!keepbody(v)) return;
    if (v->bodylen + n + 1 > v->bodycap) {
        v->bodycap = (v->bodylen + n + 1) * 2;
        v->body = realloc(v->body, v->bodycap);
    }
    memcpy(v->body + v->bodylen, p, n);
    v->bodylen += n;
}
static void head_line(V *v, char *l, int *chunked, long long *cl) {
    if (!strncasecmp(l, "content-length:", 15))
        *cl = atoll(l + 15);
    else if (!strncasecmp(l, "transfer-encoding:", 18))
        *chunked = strcasestr(l + 18, "chunked") != 0;
    else if (!strncasecmp(l, "connection:", 11)) {
        if (strcasestr(l + 11, "close")) v->keep = 0;
    } else if (!strncasecmp(l, "location:", 9)) {
        char *p = l + 9;
        while (*p == ' ') p++;
        snprintf(v->loc, sizeof v->loc, "%s", p);
    } else if (use_cookies && !strncasecmp(l, "set-cookie:", 11)) {
        char *p = l + 11;
        while (*p == ' ') p++;
        size_t n = strcspn(p, ";");
        size_t eq = strcspn(p, "=");
        char old[512];
        snprintf(old, sizeof old, "%s", v->cookie);
        v->cookie[0] = 0;
        char *sv = 0;
        for (char *c = strtok_r(old, ";", &sv); c; c = strtok_r(0, ";", &sv)) {
            while (*c == ' ') c++;
            if (strncmp(c, p, eq + 1)) {
                if (v->cookie[0]) strncat(v->cookie, "; ", sizeof v->cookie - strlen(v->cookie) - 1);
                strncat(v->cookie, c, sizeof v->cookie - strlen(v->cookie) - 1);
            }
        }
        if (v->cookie[0]) strncat(v->cookie, "; ", sizeof v->cookie - strlen(v->cookie) - 1);
        if (strlen(v->cookie) + n < sizeof v->cookie) strncat(v->cookie, p, n);
    }
}
/* returns 1 when the response is complete, -1 on a malformed one */
static int feed(V *v, char *p, size_t n) {
    while (n || (v->rx == RX_BODY && v->remain == 0)) {
        if (v->rx == RX_HEAD || v->rx == RX_CHUNK_LINE || v->rx == RX_TRAILER) {
            if (v->headlen + 2 > v->headcap) {
                if (v->headcap > 65536) return -1;
                v->headcap = v->headcap ? v->headcap * 2 : 1024;
                v->head = realloc(v->head, v->headcap);
            }
            char c = *p++;
            n--;
            v->head[v->headlen++] = c;
            if (c != '\n') continue;
            v->head[v->headlen] = 0;
            if (v->rx == RX_HEAD) {
                if (!(v->headlen >= 4 && !memcmp(v->head + v->headlen - 4, "\r\n\r\n", 4))) continue;
                int chunked = 0;
                long long cl = -1;
                v->keep = 1;
                v->t_first = now();
                char *sv = 0, *l = strtok_r(v->head, "\r\n", &sv);
                if (!l || strncmp(l, "HTTP/1.", 7)) return -1;
                v->status = atoi(l + 9);
                if (l[7] == '0') v->keep = 0;
                while ((l = strtok_r(0, "\r\n", &sv))) head_line(v, l, &chunked, &cl);
                v->headlen = 0;
                if (v->status == 204 || v->status == 304) return 1;
                if (chunked)
                    v->rx = RX_CHUNK_LINE;
                else if (cl >= 0) {
                    v->rx = RX_BODY;
                    v->remain = cl;
                } else {
                    v->rx = RX_EOF;
                    v->keep = 0;
                }
                continue;
            }
            if (v->rx == RX_CHUNK_LINE) {
                v->remain = strtoll(v->head, 0, 16);
                v->headlen = 0;
                v->rx = v->remain ? RX_CHUNK_DATA : RX_TRAILER;
                continue;
            }
            if (v->headlen <= 2) {
                v->headlen = 0;
                return 1;
            }
            v->headlen = 0;
            continue;
        }
        if (v->rx == RX_BODY || v->rx == RX_CHUNK_DATA) {
            size_t k = (long long)n < v->remain ? n : (size_t)v->remain;
            addbody(v, p, k);
            p += k;
            n -= k;
            v->remain -= k;
            if (!v->remain) {
                if (v->rx == RX_BODY) return 1;
                v->rx = RX_CHUNK_CRLF;
                v->remain = 2;
            }
            continue;
        }
        if (v->rx == RX_CHUNK_CRLF) {
            p++;
            n--;
            if (--v->remain == 0) {
                v->rx = RX_CHUNK_LINE;
                v->headlen = 0;
            }
            continue;
        }
        if (v->rx == RX_EOF) {
            addbody(v, p, n);
            n = 0;
        }
    }
    return 0;
}
static void readable(V *v) {
    for (int spins = 0; spins < 64; spins++) {
        size_t want = 65536;
        int fl = 0;
        if ((v->rx == RX_BODY || v->rx == RX_CHUNK_DATA) && v->kind != K_NONE && !keepbody(v)) {
            if (v->remain >= 4096) {
                fl = MSG_TRUNC;
                want = (size_t)v->remain < SH ? (size_t)v->remain : SH;
            }
        }
        if (v->slow) {
            double t = now();
            v->budget += (long)((t - v->budget_t) * slow_rate);
            v->budget_t = t;
            if (v->budget > slow_rate / 5 + 2048) v->budget = slow_rate / 5 + 2048;
            if (v->budget <= 0) {
                v->throttled = 1;
                ev(v, EPOLL_CTL_MOD, 0);
                wake_at(v, t + 0.1);
                return;
            }
            if ((long)want > v->budget) want = v->budget;
        }
        ssize_t n = recv(v->fd, shared, want, fl);
        if (n < 0) {
            if (errno == EAGAIN) return;
            n = 0;
        }
        if (n == 0) {
            if (v->kind == K_NONE) {
                closefd(v);
                CNT(c_reconn);
                return;
            }
            if (v->rx == RX_EOF) {
                done(v);
                return;
            }
            if (v->rx == RX_HEAD && v->headlen == 0 && !v->fresh && !v->retried) {
                v->retried = 1;
                CNT(c_reconn);
                closefd(v);
                char *p = strdup(v->path);
                enum Kind k = v->kind;
                begin(v, k, p);
                free(p);
                return;
            }
            fail(v, &e_closed);
            return;
        }
        if (v->slow) v->budget -= n;
        int r;
        if (fl) {
            v->got += n;
            v->remain -= n;
            r = 0;
            if (!v->remain) {
                if (v->rx == RX_BODY)
                    r = 1;
                else {
                    v->rx = RX_CHUNK_CRLF;
                    v->remain = 2;
                }
            }
        } else {
            if (v->kind == K_NONE) {
                fail(v, &e_parse);
                return;
            }
            r = feed(v, shared, n);
        }
        if (r < 0) {
            fail(v, &e_parse);
            return;
        }
        if (r == 1) {
            done(v);
            return;
        }
    }
}
int main(int argc, char **argv) {
    int o;
    char *url = 0;
    while ((o = getopt(argc, argv, "u:n:d:r:w:H:p:S:cTt:l:")) != -1) switch (o) {
            case 'u':
                url = optarg;
                break;
            case 'n':
                N = atoi(optarg);
                break;
            case 'd':
                dur = atof(optarg);
                break;
            case 'r':
                ramp = atof(optarg);
                break;
            case 'w':
                warm = atof(optarg);
                break;
            case 'H':
                strncat(hdrs, optarg, sizeof hdrs - strlen(hdrs) - 3);
                strcat(hdrs, "\r\n");
                break;
            case 'p':
                for (char *s = strtok(optarg, ","); s && npids < 200; s = strtok(0, ",")) pids[npids++] = atoi(s);
                break;
            case 'S':
                slow_n = atoi(optarg);
                slow_rate = strchr(optarg, ':') ? atol(strchr(optarg, ':') + 1) * 1024 : 65536;
                break;
            case 'T':
                with_descendants = 1;
                break;
            case 'c':
                use_cookies = 1;
                break;
            case 't':
                tmo = atof(optarg);
                break;
            case 'l':
                label = optarg;
                break;
            default:
                return 2;
        }
    if (!url || strncmp(url, "http://", 7)) {
        fprintf(stderr, "hlsload -u http://... -n N (see the head of hlsload.c)\n");
        return 2;
    }
    char *sl = strchr(url + 7, '/');
    snprintf(hostport, sizeof hostport, "%.*s", (int)(sl ? sl - url - 7 : (long)strlen(url + 7)), url + 7);
    start_path = strdup(sl ? sl : "/");
    snprintf(host, sizeof host, "%s", hostport);
    char *c = strchr(host, ':');
    if (c) {
        *c = 0;
        port = atoi(c + 1);
    }
    struct addrinfo hi = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *ai;
    if (getaddrinfo(host, 0, &hi, &ai)) {
        fprintf(stderr, "host\n");
        return 2;
    }
    addr = *(struct sockaddr_in *)ai->ai_addr;
    addr.sin_port = htons(port);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    tick = sysconf(_SC_CLK_TCK);
    pagesz = sysconf(_SC_PAGESIZE);
    if (ramp < 0) {
        ramp = N / 500.0;
        if (ramp < 2) ramp = 2;
    }
    vs = calloc(N, sizeof *vs);
    hp = calloc(N, sizeof *hp);
    shared = malloc(SH + 16);
    ep = epoll_create1(0);
    srand48(12345);
    double t0 = now();
    for (int i = 0; i < N; i++) {
        vs[i].fd = -1;
        vs[i].heappos = -1;
        vs[i].slow = i < slow_n;
        vs[i].budget_t = t0;
    }
    for (int i = 0; i < N; i++) wake_at(&vs[i], t0 + ramp * i / N);
    double m0 = t0 + ramp + warm, m1 = m0 + dur, nextsample = m0, nextsweep = t0 + 1, cpu0 = 0, rss = 0, load0 = 0;
    struct rusage ru0, ru1;
    struct epoll_event evs[1024];
    for (;;) {
        double t = now();
        if (!measuring && t >= m0) {
            measuring = 1;
            if (with_descendants) expand();
            cpu0 = cpu_all();
            getrusage(RUSAGE_SELF, &ru0);
            m0 = t;
            m1 = t + dur;
            getloadavg(&load0, 1);
        }
        if (measuring && t >= nextsample) {
            double r = rss_all();
            if (r > rss) rss = r;
            nextsample = t + 0.5;
        }
        if (measuring && t >= m1) break;
        if (t >= nextsweep) {
            nextsweep = t + 1;
            for (int i = 0; i < N; i++)
                if (vs[i].kind != K_NONE && !vs[i].slow && t - vs[i].t_req > tmo) fail(&vs[i], &e_timeout);
        }
        while (hn && vs[hp[0]].wake <= t) {
            V *v = &vs[pop()];
            if (v->throttled) {
                v->throttled = 0;
                if (v->fd >= 0) {
                    ev(v, EPOLL_CTL_MOD, EPOLLIN);
                    readable(v);
                }
            } else if (v->kind == K_NONE) {
                v->started = 1;
                next_action(v);
            }
        }
        double next = t + 0.05;
        if (hn && vs[hp[0]].wake < next) next = vs[hp[0]].wake;
        int ms = (int)((next - now()) * 1000);
        if (ms < 0) ms = 0;
        int n = epoll_wait(ep, evs, 1024, ms);
        for (int i = 0; i < n; i++) {
            V *v = &vs[evs[i].data.u32];
            if (v->fd < 0) continue;
            unsigned e = evs[i].events;
            if (!v->connected) {
                int err = 0;
                socklen_t l = sizeof err;
                getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &err, &l);
                if (err) {
                    fail(v, &e_conn);
                    continue;
                }
                v->connected = 1;
                sendreq(v);
                continue;
            }
            if ((e & EPOLLOUT) && v->reqoff < v->reqlen) sendreq(v);
            if (e & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                if (v->throttled && !(e & (EPOLLHUP | EPOLLERR))) continue;
                if (v->throttled) {
                    v->throttled = 0;
                }
                readable(v);
            }
        }
    }
    double t = now(), sec = t - m0, cpu = cpu_all() - cpu0, pss = pss_all(), load1;
    getloadavg(&load1, 1);
    getrusage(RUSAGE_SELF, &ru1);
    int playing = 0, install = 0;
    for (int i = 0; i < N; i++) {
        playing += vs[i].playing;
        if (vs[i].playing && vs[i].buf_end < t) {
            install++;
            stall_s += t - vs[i].buf_end < sec ? t - vs[i].buf_end : sec;
        }
    }
    qsort(L_pl.a, L_pl.n, sizeof(float), fcmp);
    qsort(L_seg.a, L_seg.n, sizeof(float), fcmp);
    qsort(L_fb.a, L_fb.n, sizeof(float), fcmp);
    double ccpu =
        (ru1.ru_utime.tv_sec - ru0.ru_utime.tv_sec) + (ru1.ru_stime.tv_sec - ru0.ru_stime.tv_sec) +
        ((ru1.ru_utime.tv_usec - ru0.ru_utime.tv_usec) + (ru1.ru_stime.tv_usec - ru0.ru_stime.tv_usec)) * 1e-6;
    long long errs = e_conn + e_status + e_closed + e_timeout + e_parse;
    printf(
        "{\"label\":\"%s\",\"viewers\":%d,\"playing\":%d,\"seconds\":%.2f,\"requests\":%lld,\"playlists\":%lld,"
        "\"unchanged\":%lld,\"segments\":%lld,\"inits\":%lld,\"bytes\":%lld,\"segbytes\":%lld,\"redirects\":%lld,",
        label, N, playing, sec, c_req, c_pl, c_unchanged, c_seg, c_init, c_bytes, c_segbytes, c_redir);
    printf(
        "\"errors\":%lld,\"e_conn\":%lld,\"e_status\":%lld,\"e_closed\":%lld,\"e_timeout\":%lld,\"e_parse\":%lld,"
        "\"reconnects\":%lld,\"skipped\":%lld,\"stalls\":%lld,\"in_stall\":%d,\"stall_s\":%.2f,\"late_segments\":%lld,",
        errs, e_conn, e_status, e_closed, e_timeout, e_parse, c_reconn, c_skip, c_stall, install, stall_s, c_late);
    printf(
        "\"pl_p50_ms\":%.2f,\"pl_p99_ms\":%.2f,\"seg_p50_ms\":%.2f,\"seg_p99_ms\":%.2f,\"seg_max_ms\":%.2f,\"segfb_p50_"
        "ms\":%.2f,\"segfb_p99_ms\":%.2f,\"seg_p999_ms\":%.2f,\"segfb_p999_ms\":%.2f,",
        pct(&L_pl, .5), pct(&L_pl, .99), pct(&L_seg, .5), pct(&L_seg, .99), pct(&L_seg, 1), pct(&L_fb, .5),
        pct(&L_fb, .99), pct(&L_seg, .999), pct(&L_fb, .999));
    printf(
        "\"srv_cpu_s\":%.2f,\"cpu_ms_per_viewer_s\":%.4f,\"cpu_s_per_GB\":%.3f,\"rss_mb\":%.1f,\"pss_mb\":%.1f,"
        "\"client_cpu_s\":%.2f,\"load0\":%.2f,\"load1\":%.2f,\"status\":{",
        cpu, cpu * 1000 / (N * sec), c_bytes ? cpu / (c_bytes / 1e9) : -1, rss, pss, ccpu, load0, load1);
    int first = 1;
    for (int i = 0; i < 600; i++)
        if (st_hist[i]) {
            printf("%s\"%d\":%lld", first ? "" : ",", i, st_hist[i]);
            first = 0;
        }
    printf("}}\n");
    return 0;
}
