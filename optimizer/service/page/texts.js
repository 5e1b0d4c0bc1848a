// Every text of the page in English and Chinese; the words of payments are those of the report.
import { TERMS } from "./words.js";
const TEXTS = {
  plans: ["Plans", "方案"], signOut: ["Sign out", "退出"], language: ["中文", "English"],
  signIn: ["Sign in", "登录"], key: ["API key", "API 密钥"],
  keyHint: ["The operator makes keys with: clusterlane key add", "密钥由运营方创建：clusterlane key add"],
  newPlan: ["New plan", "新建方案"], file: ["Workbook, zip of CSV tables, or JSON", "工作簿、CSV 压缩包或 JSON"],
  demo: ["or an example", "或示例"], none: ["none", "无"], gap: ["Stop at gap, %", "停止间隙，%"],
  timeLimit: ["Time limit, s", "时间上限，秒"], compareAlone: ["Compare with firms alone", "与各企业单独行动比较"],
  checkIt: ["Check", "检查"], start: ["Start", "开始"], stop: ["Stop, keep best plan", "停止并保留最佳方案"],
  chooseOne: ["Choose a file or an example first.", "请先选择文件或示例。"],
  findings: ["Findings", "检查结果"], noFindings: ["Nothing is wrong; it can be planned.", "没有问题，可以规划。"],
  withWarnings: ["It can be planned; look at these warnings.", "可以规划；请留意这些提醒。"],
  withErrors: ["It cannot be planned yet. Put these right:", "尚不能规划。请更正："],
  severity: ["Kind", "类型"], error: ["error", "错误"], warning: ["warning", "提醒"],
  place: ["Where", "位置"], value: ["Value", "值"], cause: ["What is wrong", "问题"], remedy: ["What to do", "处理办法"],
  jobs: ["Runs", "运行"], name: ["Name", "名称"], status: ["Status", "状态"], cost: ["Cost", "成本"],
  gapShort: ["Gap", "间隙"], when: ["When", "时间"], compare: ["Compare the two chosen", "比较选中的两个"],
  chooseTwo: ["Choose two finished plans.", "请选择两个已完成的方案。"], choose: ["Choose", "选择"],
  noJobs: ["No runs yet.", "还没有运行。"],
  queued: ["waiting", "等待中"], running: ["running", "运行中"], done: ["done", "完成"], failed: ["failed", "失败"],
  cancelled: ["cancelled", "已取消"],
  best: ["Best plan so far", "目前最佳方案"], bound: ["No plan can cost less than", "任何方案的成本下限"],
  elapsed: ["Elapsed", "用时"], seconds: ["s", "秒"], unknown: ["not known yet", "未知"], log: ["Log", "日志"],
  chartTitle: ["Cost of the best plan and proven bound over time", "最佳方案成本与已证明下限随时间变化"],
  overview: ["Overview", "概览"], map: ["Map", "地图"], tables: ["Tables", "表格"], money: ["Money", "资金"],
  shares: ["Shares", "分摊"], report: ["Report", "报告"], why: ["Why", "原因"], publish: ["Show firms their statements", "向企业公开其账单"],
  withdraw: ["Hide statements from firms", "取消公开"],
  workbook: ["Workbook (.xlsx)", "工作簿（.xlsx）"], archive: ["Plan folder (.zip)", "方案文件夹（.zip）"],
  network: ["Network (.json)", "网络数据（.json）"], download: ["Download", "下载"],
  table: ["Table", "表"], filter: ["Filter", "筛选"], rowsShown: ["rows shown of", "行，共"],
  term: ["Kind of payment", "款项"], amount: ["Amount", "金额"], firm: ["Firm", "企业"], paid: ["Pays", "支付"],
  received: ["Receives", "收到"], peakLoan: ["Most loans", "最高贷款余额"], least: ["Least cash", "最低现金"],
  inside: ["inside the cluster", "集群内部"], outside: ["to outside", "对外支出"], fromOutside: ["from outside", "外部收入"],
  workOut: ["Work it out now", "现在计算"], workingOut: ["Being worked out …", "正在计算…"],
  alone: ["Alone", "单独成本"], share: ["Share", "分摊额"], saving: ["Saving", "节省"], direct: ["Direct cost", "直接成本"],
  difference: ["Difference", "差异"], figure: ["Figure", "指标"], openCompare: ["Comparison", "比较"],
  noPlan: ["The run ended without a plan.", "运行结束，没有得到方案。"], again: ["Try again", "重试"],
  objective: ["Cost that plans can change", "可变成本"], cost_before_public_money: ["Cost before public money", "财政补贴前成本"],
  cost_after_public_money: ["Cost after public money", "财政补贴后成本"], public_money: ["Public money", "财政资金"],
  demand_units: ["Demand, units", "需求，件"], unmet_share: ["Demand not served", "未满足需求"], parcel_share: ["Served by parcel", "小包直邮占比"],
  average_delivery_days: ["Average delivery, days", "平均送达，天"], containers: ["Containers", "集装箱"], co2_t: ["CO2, t", "二氧化碳，吨"],
  finance_cost: ["Cost of finance", "融资成本"], peak_loans: ["Most loans at a time", "最高贷款总额"], sites_opened: ["Warehouses used", "使用仓库"],
  leases_started: ["Leases started", "新租约"], hubs_opened: ["Hubs opened", "启用枢纽"], aloneSaving: ["Saving against firms alone", "较单独行动节省"],
  checked: ["Checked: the plan keeps every rule.", "已核验：方案遵守全部规则。"], notChecked: ["The plan fails its check.", "方案未通过核验。"],
  offline: ["The service does not answer; trying again.", "服务无响应，正在重试。"], stopping: ["Stopping …", "正在停止…"],
  is_optimal: ["optimal", "最优"], is_feasible: ["feasible", "可行"], is_infeasible: ["infeasible", "无可行方案"],
  is_imprecise: ["imprecise", "精度不足"], is_none: ["no plan", "无方案"],
  end_gap: ["gap reached", "达到间隙"], end_time: ["time limit", "达到时间上限"], end_interrupted: ["stopped", "已停止"],
  end_infeasible: ["proven", "已证明"], end_error: ["error", "错误"],
  started: ["Started", "已开始"], firmOnly: ["Statement", "账单"],
};
let column = (localStorage.getItem("language") || navigator.language || "en").startsWith("zh") ? 1 : 0;
export const language = () => (column ? "zh" : "en");
export function switchLanguage() {
  column = 1 - column;
  localStorage.setItem("language", language());
}
export const t = (key) => (TEXTS[key] ? TEXTS[key][column] : key);
export const term = (name) => (TERMS[name] ? TERMS[name][column] : name);
export const word = (group, name) => (TEXTS[`${group}_${name}`] ? t(`${group}_${name}`) : name);
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits, minimumFractionDigits: 0, signDisplay: "negative" }).format(value);
}
export const percent = (value, digits = 2) => (value === null || value === undefined ? "–" : `${number(value * 100, digits)} %`);
export const moment = (seconds) => new Date(seconds * 1000).toLocaleString(language(), { dateStyle: "short", timeStyle: "short" });
