"""Two years of orders with the skew of a real fleet, straight into the tables."""

from itertools import pairwise

import asyncpg

from shared.crypto import PersonalData, parse_key
from shared.db.engine import Database, dsn_of
from tests.support.applications import PII_KEY, open_store

STORES = 20
ACCOUNTS = 200_000
NAMES = 20_000
ADDRESSES = 2_000
AGENTS = 60
SKUS = 5_000
LUMP = 200_000
"""Orders of one statement."""

SHARED_WAYBILL = "WB-SHARED"
PLATFORMS = ("tmall", "taobao", "jd", "own")
METHODS = ("alipay", "wechat", "unionpay", "jdpay", "card")
CHANNELS = ("app", "web", "mini", "counter")
PROVINCES = (
    "广东", "浙江", "江苏", "山东", "河南", "四川", "湖北", "福建", "湖南", "上海", "北京",
    "安徽", "河北", "辽宁", "江西", "陕西", "重庆", "广西", "云南", "天津", "山西", "黑龙江",
    "吉林", "贵州", "内蒙古", "新疆", "甘肃", "海南", "宁夏", "青海", "西藏",
)  # fmt: skip
FLAGS = ("red", "purple", "yellow", "green", "blue")


def _rarer(count: int, power: float = 2) -> str:
    """A number up to `count`, the smaller the more often."""
    return f"1 + floor({count} * power(random(), {power}))::int"


_ORDERS = f"""
    INSERT INTO orders (
        order_id, store_id, external_id, kind, currency, status, placed_at, paid_at, shipped_at,
        delivered_at, completed_at, cancelled_at, cancel_reason, postage_minor, discount_minor,
        total_minor, paid_minor, refunded_minor, claimed_minor, buyer_account, buyer_account_hash,
        buyer_name, buyer_name_hash, buyer_phone, buyer_phone_hash, buyer_address,
        buyer_address_hash, province, city, agent, flag, payment_method, payment_channel,
        archived_at, is_backfill, version, created_at, updated_at
    )
    SELECT 'ord_' || lpad(to_hex(n), 32, '0'), 'st' || store, 'E-' || n, kind, 'CNY', status,
           placed_at, paid_at, shipped_at, delivered_at, completed_at, cancelled_at, '', 800, 0,
           12800, CASE WHEN paid_at IS NULL THEN 0 ELSE 12800 END, refunded, refunded,
           account.sealed, account.hash, name.sealed, name.hash, phone.sealed, phone.hash,
           address.sealed, address.hash, province, '杭州', agent, flag,
           CASE WHEN paid_at IS NOT NULL THEN method END,
           CASE WHEN paid_at IS NOT NULL THEN channel END,
           CASE WHEN placed_at < now() - interval '1 year' AND is_over THEN now() END,
           false, 5, placed_at, placed_at + interval '9 days'
    FROM (
        SELECT drawn.*,
               CASE WHEN is_paid THEN placed_at + make_interval(secs => 3600 * power(a, 4) * 12)
               END AS paid_at,
               CASE WHEN is_sent THEN placed_at + make_interval(hours => 4 + (b * 40)::int)
               END AS shipped_at,
               CASE WHEN is_got THEN placed_at + interval '4 days' END AS delivered_at,
               CASE WHEN is_done THEN placed_at + interval '9 days' END AS completed_at,
               CASE WHEN status IN ('cancelled', 'void') THEN placed_at + interval '1 day'
               END AS cancelled_at,
               CASE WHEN NOT is_paid THEN 0 WHEN c < 0.03 THEN 12800 WHEN c < 0.05 THEN 2000
                    ELSE 0 END AS refunded,
               is_done OR status IN ('cancelled', 'void') AS is_over
        FROM (
            SELECT rolled.*,
                   status NOT IN ('placed', 'cancelled') AS is_paid,
                   status IN ('shipped', 'delivered', 'completed', 'followed_up') AS is_sent,
                   status IN ('delivered', 'completed', 'followed_up') AS is_got,
                   status IN ('completed', 'followed_up') AS is_done
            FROM (
                SELECT dice.*,
                       CASE WHEN d < 0.1 THEN 'cancelled' WHEN d < 0.12 THEN 'void'
                            WHEN age > 12 THEN CASE WHEN d < 0.7 THEN 'completed'
                                                    ELSE 'followed_up' END
                            WHEN age > 6 THEN 'delivered' WHEN age > 3 THEN 'shipped'
                            ELSE (ARRAY['placed', 'paid', 'verified', 'audited', 'printed',
                                        'picked', 'checked', 'packed'])[1 + floor(8 * e)::int]
                       END AS status
                FROM (
                    SELECT n, now() - make_interval(secs => 63072000 * (1 - n / $3::float8))
                               AS placed_at, 730 * (1 - n / $3::float8) AS age,
                           floor(power({STORES + 1}, random()))::int AS store,
                           random() AS a, random() AS b, random() AS c, random() AS d,
                           random() AS e,
                           CASE WHEN random() < 0.95 THEN 'normal'
                                WHEN random() < 0.6 THEN 'presale' ELSE 'cod' END AS kind,
                           CASE WHEN random() < 0.003 THEN 1 ELSE {_rarer(ACCOUNTS, 1.5)} END
                               AS who,
                           {_rarer(NAMES)} AS named,
                           1 + floor({ADDRESSES} * random())::int AS place,
                           ($4::text[])[{_rarer(len(PROVINCES))}] AS province,
                           CASE WHEN random() < 0.5 THEN 'S' || ({_rarer(AGENTS)}) END AS agent,
                           CASE WHEN random() < 0.1 THEN
                                ($5::text[])[{_rarer(len(FLAGS))}] END AS flag,
                           CASE WHEN random() < 0.002 THEN '' ELSE
                                ($6::text[])[{_rarer(len(METHODS))}] END AS method,
                           CASE WHEN random() < 0.7 THEN
                                ($7::text[])[{_rarer(len(CHANNELS))}] END AS channel
                    FROM generate_series($1::int, $2::int) AS n
                ) AS dice
            ) AS rolled
        ) AS drawn
    ) AS told
    JOIN bench_accounts AS account ON account.number = who
    JOIN bench_phones AS phone ON phone.number = who
    JOIN bench_names AS name ON name.number = named
    JOIN bench_addresses AS address ON address.number = place
"""
_LINES = f"""
    INSERT INTO order_lines (order_id, line_no, sku, name, quantity, unit_price, discount_minor,
                             amount_minor, is_gift, store_id, placed_at, shelf)
    SELECT order_id, line_no,
           'SKU-' || CASE WHEN random() < 0.02 THEN 1
                     ELSE {_rarer(SKUS)} END,
           '明前龙井 250g 礼盒装', 1, 60, 0, 6000, false, store_id, placed_at, shelf
    FROM orders, generate_series(1, 2) AS line_no
"""
_PAYMENTS = f"""
    INSERT INTO payments (order_id, external_id, payment_id, amount_minor, stated_minor, paid_at,
                          method, channel)
    SELECT order_id, part::text, 'pay_x_' || part, 12800 / parts, 12800 / parts, paid_at,
           CASE WHEN payment_method = '' THEN ('{{{",".join(METHODS)}}}'::text[])[part]
                ELSE payment_method END, payment_channel
    FROM orders, LATERAL (SELECT CASE WHEN payment_method = '' THEN 2 ELSE 1 END AS parts) AS p,
         LATERAL generate_series(1, parts) AS part
    WHERE paid_at IS NOT NULL
"""
_SHIPMENTS = f"""
    INSERT INTO shipments (order_id, external_id, shipment_id, courier, waybill, shipped_at,
                           weight_grams, is_complete)
    SELECT order_id, '1', 'shp_x_1', 'SF',
           CASE WHEN random() < 0.0001 THEN '{SHARED_WAYBILL}' ELSE 'WB-' || substr(external_id, 3)
           END, shipped_at, 500, true
    FROM orders WHERE shipped_at IS NOT NULL
"""
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename IN ('orders', 'order_lines', 'shipments')
      AND indexname LIKE 'ix\\_%'
"""


def account_of(number: int) -> str:
    return f"buyer_{number}"


def name_of(number: int) -> str:
    return f"王{number}"


def phone_of(number: int) -> str:
    return f"138{number:08}"


def address_of(number: int) -> str:
    return f"文三路 {number} 号 3 幢 201 室"


async def fill(database: Database, orders: int) -> None:
    """Fill the tables and bring their statistics up; indexes are built when all rows are there."""
    for number in range(STORES):
        await open_store(database, f"st{number + 1}", platform=PLATFORMS[number % len(PLATFORMS)])
    connection = await asyncpg.connect(
        dsn_of(database.url.render_as_string(hide_password=False)), timeout=60
    )
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
        await _fill_people(connection)
        indexes = await connection.fetch(_INDEXES)
        for name, _ in indexes:
            await connection.execute(f"DROP INDEX {name}")
        lists = (PROVINCES, FLAGS, METHODS, CHANNELS)
        for start, end in pairwise([*range(0, orders, LUMP), orders]):
            await connection.execute(_ORDERS, start + 1, end, orders, *map(list, lists))
        for statement in (
            _LINES,
            _PAYMENTS,
            _SHIPMENTS,
            *(definition for _, definition in indexes),
        ):
            await connection.execute(statement)
        for table in ("orders", "order_lines", "payments", "shipments", "registry_stores"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


async def _fill_people(connection: asyncpg.Connection) -> None:
    personal = PersonalData(parse_key(PII_KEY))
    pools = {
        "accounts": (account_of, ACCOUNTS),
        "phones": (phone_of, ACCOUNTS),
        "names": (name_of, NAMES),
        "addresses": (address_of, ADDRESSES),
    }
    for name, (text_of, count) in pools.items():
        await connection.execute(
            f"CREATE TEMP TABLE bench_{name} (number int PRIMARY KEY, hash text, sealed bytea)"
        )
        rows = [
            (number, personal.hash(text), personal.seal(text))
            for number, text in ((each, text_of(each)) for each in range(1, count + 1))
        ]
        await connection.copy_records_to_table(f"bench_{name}", records=rows)
        await connection.execute(f"ANALYZE bench_{name}")
