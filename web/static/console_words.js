// The words of the console: every code that the server sends, as staff read it.

// LEVELS: how urgent, by priority. The shape says it without colour.
export const LEVELS = [
  { name: 'P0', shape: '◆', text: '危急' },
  { name: 'P1', shape: '▲', text: '紧急' },
  { name: 'P2', shape: '●', text: '要人帮' },
  { name: 'P3', shape: '○', text: '一般' },
];

const CATEGORIES = {
  suicide: '不想活了', self_harm: '伤害自己', physical_abuse: '被打、被虐待', sexual_abuse: '性侵害', neglect: '没人管、没人照看',
  trafficking: '拐卖、被强迫', runaway: '离家、走失', bullying: '被欺凌', caregiver_harm: '照看人可能伤害孩子', violence: '正在发生暴力',
  medical: '受伤、中毒、急病', danger: '有危险', distress: '心里很难受', sexual: '性侵害', harm: '可能伤害别人',
};

const REASONS = {
  danger: '可能有危险', help_button: '按了「我现在需要帮助」', asked_for_person: '要找真人', not_found: '政策里没找到答案',
  bot_failed: '小禾没答上来', triage_failed: '没能判断有没有危险', callback: '约了回电', callback_due: '到了约好的时间', benefit_refused: '补助被拒',
  complaint: '投诉', hardship: '眼下很困难', reopened: '结束后又来说话', user: '要找真人', worker: '社工开的单',
};

export const category = (code) => CATEGORIES[code] ?? code;

export function reason(code) {
  if (REASONS[code]) return REASONS[code];
  const [head, kind] = code.split('.');
  return head === 'danger' && kind ? category(kind) : '需要真人看一看';
}

export const STATES = {
  queued: '等人接', offered: '正在问一位同事', claimed: '有人在接', transferring: '正在转交', callback: '约了回电', returned: '已交还小禾', closed: '已结束',
};

// WAITING: the states in which nobody has the ticket and somebody is to take it.
export const WAITING = ['queued', 'offered'];

export const ORIGINS = {
  user: '家里人按了按钮', rule: '小禾按规则发现', model: '小禾估计', bot_action: '小禾请的人', bot_failure: '小禾没答上来', worker: '社工', system: '系统',
};

export const SOURCES = { rule: '规则', model: '估计', worker: '社工' };

// OUTCOMES are sent as they are read.
export const OUTCOMES = ['已答复', '已转介', '已报告', '回访完成', '联系不上', '对方离开', '重复'].map((text) => [text, text]);

export const SKILLS = [
  ['child_talk', '和孩子谈'], ['abuse', '虐待'], ['suicide', '自杀'], ['benefit', '福利政策'], ['legal', '法律'], ['sign', '手语'],
];

const dialects = { yue: '广东话', wuu: '吴语', nan: '闽南话', hak: '客家话' };

export function skill(code) {
  if (code.startsWith('dialect:')) return `方言：${dialects[code.slice(8)] ?? code.slice(8)}`;
  return SKILLS.find(([c]) => c === code)?.[1] ?? code;
}

// FLAGS: the nine situations of mandatory reporting, 高检发〔2020〕9号 第四条, in our own words.
export const FLAGS = [
  ['R1', '隐私部位受伤或疑似受伤'], ['R2', '不满十四岁的女孩疑似被性侵、怀孕、流产'], ['R3', '十四岁以上的女孩因性侵怀孕、流产'],
  ['R4', '多处受伤、营养不良、神志不清，疑似家暴、欺凌、虐待'], ['R5', '自杀、自残、中毒、被打等造成伤残或死亡'], ['R6', '被遗弃，或长期没人照看'],
  ['R7', '来历不明、失踪、被拐卖'], ['R8', '被组织乞讨'], ['R9', '其他严重伤害，或正面临这样的危险'],
];

export const flag = (code) => FLAGS.find(([c]) => c === code)?.[1] ?? code;

// OFFICES: to whom a report can go.
export const OFFICES = ['公安机关（110）', '检察机关', '民政部门', '教育部门', '卫生健康部门', '妇联', '共青团', '乡镇人民政府（街道办事处）'];

export const TRANSFER_REASONS = ['专长不对口', '属地不对', '我要下班了', '手上有更急的', '我和对方认识，要回避', '其他'];

export const VERDICTS = {
  eligible: '可以申请', open: '还要确认', ineligible: '不符合', ruled_out: '不符合', received: '已经在领', unknown: '还要确认', refer: '要人工确认',
};

export const NOTES = { note: '记录', summary: '小结', handover: '交接', risk_form: '危险评估' };

export const ROLES = { user: '家里人', bot: '小禾', worker: '社工', supervisor: '督导', system: '系统' };

// EVENTS: what happens to a ticket. A test reads the names that the program writes: each needs its words here.
const EVENTS = {
  'ticket.opened': '开单', 'ticket.offered': '问一位同事接不接', 'ticket.offer_lapsed': '问的同事没有接，重新排队', 'ticket.claimed': '认领',
  'ticket.lease_expired': '太久没说第一句话，重新排队', 'ticket.released': '放下，重新排队', 'ticket.reassigned': '督导改派', 'ticket.requeued': '对方又来说话，从回电排回队里',
  'ticket.transfer_requested': '请人接手', 'ticket.transfer_accepted': '接手', 'ticket.transfer_declined': '没有接手',
  'ticket.transfer_timeout': '没人接手，仍由原来的人负责', 'ticket.transfer_withdrawn': '收回转交', 'ticket.transferred': '转走，重新排队',
  'ticket.returned_to_bot': '交还小禾', 'ticket.callback_set': '约了回电', 'ticket.callback_requested': '家里人约了回电', 'ticket.callback_due': '回电时间到，排回队里',
  'ticket.closed': '结束', 'ticket.withdrawn': '家里人不用了', 'priority.raised': '升级', 'priority.lowered': '降级', aged: '等久了，往前排',
  'rung.fired': '催人来接', 'reply.due': '对方在等回话，催一次', 'delivery.failed': '提醒没发出去，马上往上一级催', 'evidence.added': '又有新的依据',
  'user.left': '对方离开了', 'user.returned': '对方回来了', 'region.set': '知道了是哪个地区', 'route.bypassed': '绕开本地单位，由上级接',
  'access.blocked': '不给某人看', 'access.unblocked': '又给某人看', 'callback.wished': '家里人改了回电方式', 'report.filed': '已做强制报告',
};

const BARRED = { guardian_conflict: ['不给监护人看', '解除不给监护人看'], worker_recusal: ['社工回避', '社工不再回避'] };

// event names what has happened, by its code and what else is known of it.
export function event(code, data) {
  const barred = BARRED[data?.kind];
  if (barred && code.startsWith('access.')) return barred[code === 'access.blocked' ? 0 : 1];
  return EVENTS[code] ?? '有别的变化';
}
