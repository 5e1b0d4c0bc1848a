"""Texts of the first page, the comparisons, the proof and a firm's own report."""

TEXTS: dict[str, tuple[str, str]] = {
    "unknown": ("unknown", "未知"),
    "colon": (": ", "："),
    "interval": ("{low} to {high}", "{low} 至 {high}"),
    "others": ("{count} more", "其余 {count} 项"),
    "total": ("total", "合计"),
    "no_limit": ("no limit", "不限"),
    "operator": ("the operator", "运营方"),
    "page.title": (
        "plan of shared warehouses, shipping and financing",
        "海外仓、联合运输与供应链金融联合方案",
    ),
    "footer": (
        "Made by clusterlane from the plan's own tables and ledger. The map shows coastlines only "
        "(Natural Earth, public domain).",
        "本报告由 clusterlane 根据方案的数据表与账本生成。地图仅绘制海岸线（Natural Earth，公有领域）。",
    ),
    "rows.more": (
        "{count} more of {total} rows: in the workbook and the plan's folder.",
        "共 {total} 行，另有 {count} 行见工作簿和方案文件夹。",
    ),
    "subtitle.all": ("Joint plan of {count} firms", "{count} 家企业的联合方案"),
    "subtitle.own": ("Own figures in the joint plan {name}", "联合方案 {name} 中本企业的数据"),
    "subtitle.dates": (
        "{what}, {first} to {last}; money in {currency}",
        "{what}，{first}至{last}；金额单位：{currency}",
    ),
    "fact.cost": ("The plan costs", "方案总成本"),
    "fact.gap": ("at most {gap} above the least possible", "最多比理论最低成本高 {gap}"),
    "fact.saving": ("Saved against every firm for itself", "与各企业单独行动相比节省"),
    "fact.interval": ("proven: at least, at most", "经证明的下限与上限"),
    "fact.service": ("Demand served", "满足的需求"),
    "fact.days": ("{days} days to the buyer on average", "平均 {days} 天送达买家"),
    "fact.loans": ("Most loans at a time", "贷款余额峰值"),
    "fact.emergency": ("emergency credit at most {money}", "应急资金峰值 {money}"),
    "fact.co2": ("Emissions", "碳排放"),
    "fact.co2_note": ("CO2e of transport", "运输环节二氧化碳当量"),
    "fact.own_cost": ("Your cost in the plan", "本企业在方案中的成本"),
    "fact.before_shares": (
        "by tariffs, before a division of what is shared",
        "按收费标准计算，未计共同成本的再分摊",
    ),
    "fact.own_saving": ("Saved against being alone", "与单独行动相比节省"),
    "decisions": ("What to do", "怎么做"),
    "do.lease": (
        "Warehouses to lease: {count} ({names}); rent and set-up {rent}.",
        "租用 {count} 个仓库（{names}）；租金与开办费 {rent}。",
    ),
    "do.no_lease": ("Lease no warehouse.", "不租用仓库。"),
    "do.hubs": ("Collect the goods at {names}.", "货物集中到{names}。"),
    "do.book": (
        "Lanes to book: {lanes}, with {boxes} containers and {loose} of loose or air cargo; freight "
        "{freight}.",
        "订舱 {lanes} 条运输线，集装箱 {boxes} 个，散货与空运 {loose}；运费 {freight}。",
    ),
    "do.serve": (
        "Serve {deliveries} of the demand from warehouses ({warehouses}) and {parcels} by direct parcels; "
        "{unmet} is not served.",
        "{deliveries} 的需求由 {warehouses} 个仓库供货，{parcels} 由直邮包裹满足；{unmet} 未满足。",
    ),
    "do.borrow": (
        "Firms that borrow: {count}, up to {peak} around {date}; {guaranteed} of it with a core firm's "
        "guarantee. Financing and payments cost {cost}.",
        "{count} 家企业借款，余额在{date}前后达到峰值 {peak}；其中 {guaranteed} 由核心企业担保。融资与收"
        "付成本 {cost}。",
    ),
    "do.no_loans": ("Nobody borrows.", "没有企业借款。"),
    "do.together": ("Against every firm for itself: {verdict}", "与各企业单独行动相比：{verdict}"),
    "map": ("The plan on the map", "方案地图"),
    "figure.map": (
        "Lanes by mode and volume, warehouses by volume and fill, markets by days to the buyer. Point "
        "at anything for its figures.",
        "线宽表示运量，颜色表示运输方式；圆面积表示仓库发货量，深色扇形表示库容利用率；市场颜色表示送达"
        "天数。指向图中元素可查看数据。",
    ),
    "figure.own_map": (
        "Your lanes by mode and volume, warehouses by your volume, your markets by days to the buyer. Point "
        "at anything for its figures.",
        "线宽表示本企业运量，颜色表示运输方式；圆面积表示仓库为本企业发货量；市场颜色表示送达天数。指向图中元素可查看"
        "数据。",
    ),
    "figure.swipe": ("(swipe sideways for the rest)", "（左右滑动查看其余部分）"),
    "map.shipped": ("{m3} m3 shipped", "发运 {m3} 立方米"),
    "map.boxes": ("{count} containers", "集装箱 {count} 个"),
    "map.box": ("{count} container", "集装箱 {count} 个"),
    "map.loose": ("{tonnes} chargeable t of loose and air cargo", "散货与空运计费重量 {tonnes} 吨"),
    "map.parcels": ("{m3} m3 by direct parcels", "直邮包裹 {m3} 立方米"),
    "map.dates": ("{first} to {last}", "{first}至{last}"),
    "map.lane": ("{start} to {end}, {mode}: {m3} m3", "{start} → {end}，{mode}：{m3} 立方米"),
    "map.market_days": ("{days} days to the buyer", "{days} 天送达买家"),
    "map.unserved": ("not served", "未供货"),
    "map.unserved_market": ("market not served", "未供货的市场"),
    "map.delivered": ("{m3} m3 delivered", "发货 {m3} 立方米"),
    "map.tier": ("tier {tier}", "档位 {tier}"),
    "map.fill": ("storage {share} full on average", "平均库容利用率 {share}"),
    "map.hub": ("hub at origin", "国内集货枢纽"),
    "map.used": ("warehouse used", "使用的仓库"),
    "map.leased": ("leased warehouse", "租用的仓库"),
    "map.slice": ("slice: storage in use", "扇形：库容利用率"),
    "map.per_use": ("storage paid per use", "按使用付费的仓库"),
    "map.widest": ("lane with {m3} m3", "运量 {m3} 立方米"),
    "map.circle": ("{m3} m3 delivered (area)", "发货 {m3} 立方米（面积）"),
    "map.fastest": ("market: {days}", "市场：{days}"),
    "map.slowest": ("{days} days to the buyer, average by volume", "{days} 天送达（按体积平均）"),
    "why": ("Why together", "为什么要联合"),
    "why.unknown": (
        "What the firms would do otherwise was not computed for this plan: what it saves is unknown "
        "(solve with comparisons to know).",
        "本方案没有计算其他做法的成本，节省额未知（求解时加上比较即可得到）。",
    ),
    "why.table": ("Other ways of doing the same business", "其他做法的比较"),
    "figure.waterfall": (
        "From every firm for itself to the joint plan. Whiskers reach from what is proven least to the "
        "cost of the best plan found; dashed is unknown.",
        "从各企业单独行动到联合方案的成本变化。误差线从已证明的最低成本到已找到方案的成本；虚线框表示未知。",
    ),
    "figure.savings": (
        "What the plan saves, at least to at most, in {currency}",
        "方案节省额的下限至上限（{currency}）",
    ),
    "instead.alone": ("every firm for itself", "各企业单独行动"),
    "instead.logistics_first": ("logistics first, finance afterwards", "先物流、后融资"),
    "instead.no_chain_finance": ("together, without 1+N financing", "联合但无 1+N 融资"),
    "together": ("this plan", "本方案"),
    "step.sharing": ("sharing", "共享"),
    "step.joint": ("planning goods and money together", "物流与资金一起规划"),
    "impossible": ("impossible", "不可行"),
    "verdict.impossible": (
        "impossible this way: only together (proven)",
        "此做法不可行，只有联合才可行（已证明）",
    ),
    "verdict.unknown": ("what the plan saves is unknown", "节省额未知"),
    "verdict.cheaper": ("the plan saves {between} (proven cheaper)", "本方案节省 {between}（已证明更省）"),
    "verdict.dearer": ("the plan saves {between} (proven dearer)", "本方案节省 {between}（已证明更贵）"),
    "verdict.open": ("the plan saves {between} (not decided yet)", "本方案节省 {between}（尚无定论）"),
    "proof": ("How sure it is", "可信程度"),
    "proof.bound": (
        "No plan of this network can cost less than {bound}.",
        "任何方案的成本都不会低于 {bound}。",
    ),
    "proof.unknown": (
        "The time was too short for a bound: how far the plan is from the best is not known.",
        "时间不足以求得下界：本方案与最优方案的差距未知。",
    ),
    "proof.left": (
        "At most {left} could still be saved: {gap} of the cost, {part} of the part that can be controlled.",
        "最多还能节省 {left}：占成本的 {gap}，占可控成本的 {part}。",
    ),
    "proof.certified": (
        "A stored certificate proves it; separate code can multiply it out.",
        "已存证书可证明此下界，独立程序可重新验算。",
    ),
    "proof.certified_part": (
        "The stored certificate alone proves {bound}; the rest is the solver's word.",
        "已存证书单独可证明 {bound}，其余部分以求解器的结果为准。",
    ),
    "proof.run": (
        "Found by {strategy} in {seconds} s (HiGHS {version}).",
        "求解方法 {strategy}，用时 {seconds} 秒（HiGHS {version}）。",
    ),
    "check.none": ("The plan has not been checked.", "方案尚未经过核查。"),
    "check.ok": (
        "Check by separate code: every rule kept, every figure recomputed.",
        "独立程序核查：所有规则均满足，所有数字已重新计算。",
    ),
    "check.failed": ("THE PLAN FAILED ITS CHECK: do not use it.", "方案未通过核查：请勿使用。"),
    "finding": ("finding", "问题"),
    "findings": ("Findings of the check", "核查发现的问题"),
    "account": ("What you pay and take in", "本企业的收支"),
    "account.table": ("Payments and receipts over the horizon", "计划期内的收支"),
    "figure.account": (
        "Paid less taken in, by item; loans and repayments left out",
        "各项净支出（不含借款与还款本金）",
    ),
    "all.cost": (
        "The joint plan of {count} firms costs {cost}, at most {gap} above the least possible.",
        "{count} 家企业的联合方案成本为 {cost}，最多比理论最低成本高 {gap}。",
    ),
    "all.saving": (
        "Together the firms save {between} against being alone.",
        "与各自单独行动相比，全体企业共节省 {between}。",
    ),
    "all.too_few": (
        "Figures of all firms together are not shown: there are fewer than {least} firms.",
        "企业不足 {least} 家，不显示全体企业的合计数据。",
    ),
    "all.privacy": (
        "This report holds no figure of another firm, and totals only over {least} firms or more.",
        "本报告不含其他企业的任何数据；合计数据仅在不少于 {least} 家企业时显示。",
    ),
    "shares": ("Who bears what", "成本分摊"),
    "shares.table": ("Division of the cost", "成本分摊结果"),
    "shares.by_rule": ("Shares by other rules", "其他规则下的分摊额"),
    "shares.rule": ("Divided by: {rule}.", "分摊规则：{rule}。"),
    "shares.gain": (
        "No group of firms could gain more than {gain} of its own cost by leaving (proven).",
        "任何企业组合退出所得不超过其自身成本的 {gain}（已证明）。",
    ),
    "shares.stable": (
        "A division that no group can better exists within the proven accuracy.",
        "在已证明的精度内，存在任何组合都无法改进的分摊。",
    ),
    "shares.empty": (
        "No division exists that no group could better (proven).",
        "不存在任何组合都无法改进的分摊（已证明）。",
    ),
    "share.player": ("firm or group", "企业或组"),
    "share.alone_low": ("alone, at least", "单独成本下限"),
    "share.alone_high": ("alone, at most", "单独成本上限"),
    "share.direct": ("direct cost", "直接成本"),
    "share.share": ("share", "分摊额"),
    "share.saving_low": ("saves at least", "至少节省"),
    "share.saving_high": ("saves at most", "至多节省"),
    "share.tariff": ("tariffs in use", "按收费标准支付"),
    "share.trueup": ("settlement", "结算差额"),
}
