/**
 * The gateway as one function from Request to Response, over records in memory. It is used by component tests and by
 * `npm run dev:fake`. Its shapes are the generated ones, so that it cannot drift from the API without a type error.
 */
import type {
  AliasOffer, AuditDecision, AuditRequest, Backlogs, Directory, Extraction, Import, Model,
  RecordDetail, AutopilotSettings, Run, RunTarget, Stats, Status, Tables, TablesPreview,
} from "@/client/types";
import { answer, refuse } from "./fake-answers";
import { CHANGES, CONFIDENCE, FORGOTTEN, lossAt, MODEL_STATES, progressAt, SCORES, SESSION, stateAt, STEPS, stretches, TABLES } from "./fake-data";
import { newRun, planOf } from "./fake-runs";
import { isAudited, pageOf } from "./fake-queue";
import { derived, sampleDirectory, sampleRecords, toReading, withEvidence, withPounds } from "./sample";

const NEEDED = 10;

export interface FakeOptions {
  /** How many sample records there are. */
  size?: number;
  /** Loaded from the start, instead of by "Load the sample". */
  loaded?: boolean;
  /** How long an import and each stage of a run take. */
  stepMs?: number;
  now?: () => number;
}

interface Job {
  run: Run;
  startedAt: number;
  cancelledAt: number | null;
}

type Handler = (request: Request, id: string, url: URL) => Response | Promise<Response>;

export class FakeBackend {
  readonly records = new Map<string, RecordDetail>();
  readonly audits: (AuditRequest & { record: string })[] = [];
  readonly seen = new Set<string>();
  readonly forgotten: string[] = [];
  role = "admin";
  directory: Directory = {};
  tables: Tables = TABLES;
  /** What any other tables would change. */
  preview: TablesPreview = { records: 0, items: 0, pounds_before: 0, pounds_after: 0, by_subcategory: [] };
  /** What the decision on a record teaches about spellings. */
  backlogs: Backlogs["items"] = [];
  readonly offers = new Map<string, AliasOffer[]>();
  models: Model[] = [];
  active: string | null = null;
  previous: string | null = null;
  /** Every request fails as with the cable pulled. */
  isDown = false;
  private readonly labels = new Map<string, Extraction>();
  private readonly jobs: Job[] = [];
  private importedAt: number | null = null;
  private readonly size: number;
  private readonly stepMs: number;
  private readonly now: () => number;

  constructor({ size = 12, loaded = false, stepMs = 400, now = Date.now }: FakeOptions = {}) {
    this.size = size;
    this.stepMs = stepMs;
    this.now = now;
    if (loaded) this.load();
  }

  private load(): void {
    this.directory = sampleDirectory();
    for (const { record, label } of sampleRecords(this.size)) {
      this.records.set(record.id, record);
      this.labels.set(record.id, label);
    }
  }

  readonly handle = async (request: Request): Promise<Response> => {
    if (this.isDown) throw new TypeError("fetch failed");
    this.settle();
    const url = new URL(request.url);
    for (const [method, pattern, handler] of this.routes) {
      const match = request.method === method ? pattern.exec(url.pathname) : null;
      if (match) return handler(request, decodeURIComponent(match[1] ?? ""), url);
    }
    return refuse(404, "NOT_FOUND", `There is no ${url.pathname}.`);
  };

  private readonly routes: readonly (readonly [string, RegExp, Handler])[] = [
    ["GET", /^\/api\/session$/, () => answer({ ...SESSION, me: { ...SESSION.me, role: this.role } })],
    ["GET", /^\/api\/slack$/, () => answer({ configured: false, way: "none", problem: null, channels: [] })],
    ["GET", /^\/api\/activity$/, () => answer({ items: [], next: null })],
    ["GET", /^\/api\/status$/, () => answer(this.status())],
    ["GET", /^\/api\/records$/, (_, __, url) => answer(pageOf(this.all(), url.searchParams))],
    ["GET", /^\/api\/records\/filters$/, () => answer(this.filters())],
    ["GET", /^\/api\/records\/([^/]+)$/, (_, id) => this.one(this.records.get(id))],
    ["GET", /^\/api\/records\/([^/]+)\/history$/, (_, id) => this.history(id)],
    ["PUT", /^\/api\/leases\/([^/]+)$/, () => answer([])],
    ["DELETE", /^\/api\/leases\/([^/]+)$/, () => answer([])],
    ["GET", /^\/api\/leases$/, () => answer([])],
    ["POST", /^\/api\/records\/([^/]+)\/audits$/, async (request, id) => this.audit(id, (await request.json()) as AuditRequest)],
    ["POST", /^\/api\/records\/([^/]+)\/audits\/undo$/, (_, id) => this.undo(id)],
    ["POST", /^\/api\/imports(?:\/sample)?$/, () => this.startImport()],
    ["GET", /^\/api\/imports\/([^/]+)$/, () => answer(this.importState())],
    ["GET", /^\/api\/stats$/, () => answer(this.stats())],
    ["GET", /^\/api\/models$/, () => answer({ active: this.active, items: this.models })],
    ["POST", /^\/api\/models\/rollback$/, () => this.activate(this.previous)],
    ["POST", /^\/api\/models\/([^/]+)\/activate$/, (_, version) => this.activate(version)],
    ["DELETE", /^\/api\/models\/([^/]+)$/, (_, version) => this.remove(version)],
    ["GET", /^\/api\/models\/([^/]+)\/changes$/, () => answer(CHANGES)],
    ["GET", /^\/api\/activations$/, (request) => answer({ items: stretches(request.url) })],
    ["GET", /^\/api\/directory$/, () => answer(this.directory)],
    ["PUT", /^\/api\/directory$/, async (request) => answer((this.directory = (await request.json()) as Directory))],
    ["POST", /^\/api\/directory\/file$/, async (request) => answer(JSON.parse(await request.text()))],
    ["GET", /^\/api\/records\/([^/]+)\/aliases$/, (_, id) => answer(this.offers.get(id) ?? [])],
    ["POST", /^\/api\/directory\/aliases$/, async (request) => this.addAlias((await request.json()) as { spelling: string; place: string })],
    ["GET", /^\/api\/backlogs$/, () => answer({ items: this.backlogs })],
    ["POST", /^\/api\/backlogs\/peft\/(pause|resume)$/, (_, verb) => answer({ items: (this.backlogs = this.backlogs.map((one) => ({ ...one, paused: verb === "pause" }))) })],
    ["POST", /^\/api\/records\/([^/]+)\/reading$/, () => answer({ asked: true })],
    ["GET", /^\/api\/tables$/, () => answer(this.tables)],
    ["PUT", /^\/api\/tables$/, async (request) => answer((this.tables = (await request.json()) as Tables))],
    ["POST", /^\/api\/tables\/preview$/, () => answer(this.preview)],
    ["POST", /^\/api\/tables\/file$/, async (request) => answer(JSON.parse(await request.text()))],
    ["GET", /^\/api\/privacy$/, () => answer({ retention_days: null })],
    ["POST", /^\/api\/privacy\/forget\/preview$/, () => answer(FORGOTTEN)],
    ["POST", /^\/api\/privacy\/forget$/, async (request) => this.forget((await request.json()) as { person: string })],
    ["GET", /^\/api\/dead-letters$/, () => answer([])],
    ["GET", /^\/runs$/, () => answer({ items: this.jobs.map(({ run }) => run).reverse() })],
    ["POST", /^\/runs$/, async (request) => this.train((await request.json()) as { version: string | null })],
    ["GET", /^\/runs\/plan$/, (_, __, url) => answer(planOf((url.searchParams.get("target") ?? "local") as RunTarget, this.audited().length))],
    ["GET", /^\/runs\/autopilot$/, () => answer({ settings: this.autopilot, report: null })],
    ["PUT", /^\/runs\/autopilot$/, async (request) => answer({ settings: (this.autopilot = (await request.json()) as AutopilotSettings), report: null })],
    ["GET", /^\/runs\/([^/]+)\/log$/, (_, id) => new Response(this.log(id), { headers: { "content-type": "text/plain" } })],
    ["POST", /^\/runs\/([^/]+)\/cancel$/, (_, id) => this.cancel(id)],
  ];

  private forget({ person }: { person: string }): Response {
    this.forgotten.push(person);
    return answer(FORGOTTEN);
  }

  private addAlias({ spelling, place }: { spelling: string; place: string }): Response {
    const known = this.directory[place];
    if (!known) return refuse(404, "NOT_FOUND", `There is no place "${place}".`);
    this.directory = { ...this.directory, [place]: { ...known, aliases: [...known.aliases, spelling] } };
    return answer(this.directory);
  }

  private one(record: RecordDetail | undefined): Response {
    return record ? answer(record) : refuse(404, "RECORD_NOT_FOUND", "There is no such record.");
  }

  private all(): RecordDetail[] {
    return [...this.records.values()];
  }

  private audited(): RecordDetail[] {
    return this.all().filter(isAudited);
  }

  private status(): Status {
    return {
      records: this.records.size,
      audited: this.audited().length,
      skipped: this.all().filter(({ audit }) => audit?.decision === "skipped").length,
      needs_look: this.all().filter(({ reasons }) => reasons.length > 0).length,
      second_opinions: 0,
      active_version: this.active,
      reading_again: this.backlogs.length > 0,
      pending: { regex: 0, peft: this.backlogs.reduce((sum, { unread }) => sum + unread, 0) },
      failed: { regex: 0, peft: 0 },
      dead_letters: 0,
      has_sample: true,
      needed_for_training: NEEDED,
    };
  }

  private filters() {
    const names = [...new Set(this.all().map(({ channel }) => channel))];
    const channels = names.map((name) => ({ id: name, name }));
    return { channels, places: Object.keys(this.directory), first_day: "2025-03-03", last_day: "2025-05-17" };
  }

  private audit(id: string, body: AuditRequest): Response {
    const record = this.records.get(id);
    if (!record) return this.one(record);
    if (body.revision !== record.revision) {
      return refuse(409, "STALE_REVISION", "The message was edited on Slack in the meantime; open it and check it once more.");
    }
    if (!this.seen.has(body.key)) this.audits.push({ ...body, record: id });
    this.seen.add(body.key);
    const { decision, extraction, revision, draft_method = null, draft_version = null, via = null } = body;
    const audit: AuditDecision = {
      id: body.key,
      decision,
      extraction: extraction ? derived(withPounds(extraction)) : null,
      revision,
      by: "local",
      at: new Date(this.now()).toISOString(),
      draft_method,
      draft_version,
      via,
    };
    this.records.set(id, { ...record, audit });
    return answer(audit, 201);
  }

  private history(id: string): Response {
    const record = this.records.get(id);
    if (!record) return this.one(record);
    const audits = record.audit ? [record.audit] : [];
    return answer({ revisions: [{ revision: record.revision, text: record.text, at: record.posted_at }], audits, opinions: [] });
  }

  private undo(id: string): Response {
    const record = this.records.get(id);
    if (!record) return this.one(record);
    this.records.set(id, { ...record, audit: null });
    return answer({});
  }

  private startImport(): Response {
    this.importedAt = this.now();
    return answer({ id: "import-1" }, 202);
  }

  private importState(): Import {
    const share = Math.min(1, (this.now() - (this.importedAt ?? 0)) / (this.stepMs * 3));
    const isDone = share === 1;
    if (isDone && this.records.size === 0) this.load();
    const done = Math.round(share * this.size);
    return { id: "import-1", name: "sample", state: isDone ? "done" : "running", done, total: this.size, messages: done, records: done, revisions: 0, audits: 0, error: null };
  }

  private stats(): Stats {
    const audited = this.audited();
    const items = audited.flatMap(({ audit }) => (audit?.extraction?.items ?? []).map((item) => ({ item, place: audit?.extraction?.rescue_location ?? null })));
    const bars = (name: (entry: (typeof items)[number]) => string | null) => {
      const groups = new Map<string | null, typeof items>();
      for (const entry of items) groups.set(name(entry), [...(groups.get(name(entry)) ?? []), entry]);
      return [...groups].map(([key, group]) => ({ name: key ?? "Not said", pounds: pounds(group.map(({ item }) => item)), items: group.length, unaudited_pounds: 0, unaudited_items: 0 })).sort((a, b) => b.pounds - a.pounds);
    };
    return {
      audited: audited.length,
      records: this.records.size,
      items: items.length,
      pounds: pounds(items.map(({ item }) => item)),
      unaudited_pounds: 0,
      estimate: { pounds: pounds(items.map(({ item }) => item)), low: null, high: null, from_records: audited.length, fair: false },
      step: "week",
      over_time: [{ start: "2025-03-03", pounds: pounds(items.map(({ item }) => item)), unaudited_pounds: 0 }],
      agreement: { of: 0, waiting: 0, fields: {} },
      by_location: bars(({ place }) => place),
      by_subcategory: bars(({ item }) => item.subcategory ?? null),
      readiness: { audited: audited.length, needed: NEEDED, ready: audited.length >= NEEDED, since_last: audited.length, missing: audited.length < NEEDED ? [`Audit ${NEEDED - audited.length} more: a training needs ${NEEDED}.`] : [] },
    };
  }

  /** Makes a version known and, by default, active; its readings are there at once. */
  addModel(version: string, { active = true, reason = null as string | null } = {}): void {
    const at = new Date(this.now()).toISOString();
    this.models.unshift({
      version,
      sha256: "9f2c41d07ab3".padEnd(64, "0"),
      state: active ? "active" : "registered",
      reason,
      base: "larder-tiny",
      created_at: at,
      dataset: { train: Math.max(8, this.audited().length - 4), held_out: 4, sha256: "0".repeat(64) },
      evaluating: false,
      run_id: "run-1",
      scores: SCORES,
      confidence: CONFIDENCE,
      ...{ metadata: {}, metrics: {}, activations: [] },
    });
    if (active) void this.activate(version);
  }

  private activate(version: string | null): Response {
    if (!version) return refuse(409, "NOTHING_TO_ROLL_BACK_TO", "No version was active before this one.");
    this.previous = this.active;
    this.active = version;
    this.models = this.models.map((model) => ({ ...model, state: model.version === version ? "active" : "registered" }));
    for (const record of this.all()) {
      const label = withEvidence(this.labels.get(record.id) ?? NOTHING, record.text);
      const peft = toReading("peft", version, label, 38, new Date(this.now()).toISOString());
      this.records.set(record.id, { ...record, readings: { ...record.readings, peft } });
    }
    return answer({});
  }

  private remove(version: string): Response {
    this.models = this.models.filter((model) => model.version !== version);
    return answer({});
  }

  private autopilot: AutopilotSettings = { enabled: false, after_audits: 25, hour: 3, target: "local", monthly_budget_cents: 500 };

  private train({ version }: { version: string | null }): Response {
    const audited = this.audited().length;
    if (audited < NEEDED) return refuse(409, "NOT_ENOUGH_AUDITED_RECORDS", `Not enough audited records: ${audited} of ${NEEDED}.`);
    const at = new Date(this.now()).toISOString();
    const number = this.jobs.length + 1;
    const run = newRun(number, version, at);
    this.jobs.push({ run, startedAt: this.now(), cancelledAt: null });
    return answer(run, 202);
  }

  private cancel(id: string): Response {
    const job = this.jobs.find(({ run }) => run.id === id);
    if (!job) return refuse(404, "RUN_NOT_FOUND", "There is no such run.");
    job.cancelledAt = this.now();
    job.run = { ...job.run, state: "cancelled", reason: "CANCELLED: A person cancelled the run.", cancel_requested: true, finished_at: new Date(this.now()).toISOString() };
    return answer(job.run, 202);
  }

  /** Moves every run to where it would be by now. Training takes twelve steps of time. */
  private settle(): void {
    for (const job of this.jobs) {
      if (job.cancelledAt !== null || job.run.state === "done") continue;
      const ticks = (this.now() - job.startedAt) / this.stepMs;
      const state = stateAt(ticks);
      const history = MODEL_STATES.slice(0, MODEL_STATES.indexOf(state) + 1).map((past) => ({ state: past, at: job.run.created_at }));
      job.run = { ...job.run, state, history, progress: progressAt(ticks), finished_at: state === "done" ? new Date(this.now()).toISOString() : null };
      if (state === "done") this.addModel(job.run.version);
    }
  }

  private log(id: string): string {
    const run = this.jobs.find((job) => job.run.id === id)?.run;
    const step = run?.progress.step ?? 0;
    const lines = Array.from({ length: step }, (_, i) => JSON.stringify({ event: "step", step: i + 1, steps: STEPS, loss: lossAt(i + 1) }));
    return ["Reading the base model larder-tiny.", ...lines].join("\n");
  }
}

const NOTHING: Extraction = { format: 1, direction: "unknown", sections: [] };
const pounds = (items: readonly { estimated_lbs?: number | null | undefined }[]) => items.reduce((sum, item) => sum + (item.estimated_lbs ?? 0), 0);
