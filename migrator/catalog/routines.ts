// Functions, procedures, aggregates, operators.
import { comment, grants, hash, objects, qualified, sorted, watched, word } from "./sql.ts";

const routines = objects({
  kind: word("p.prokind", "f function, p procedure, a aggregate, w window function"),
  name: "format('%I.%I(%s)', s.nspname, p.proname, oidvectortypes(p.proargtypes))",
  attributes: {
    owner: "pg_get_userbyid(p.proowner)",
    grants: grants("p.proacl", "f", "p.proowner"),
    language: "(SELECT lanname FROM pg_language WHERE oid = p.prolang)",
    returns: "pg_get_function_result(p.oid)",
    arguments: hash("pg_get_function_arguments(p.oid)"),
    // What another routine writes is data, as rows are. Its comment says so, and a comment is watched.
    body: `CASE WHEN coalesce(obj_description(p.oid, 'pg_proc'), '') NOT LIKE 'Written by %' THEN
      ${hash("coalesce(pg_get_function_sqlbody(p.oid), concat_ws(' ', p.prosrc, p.probin))")} END`,
    volatility: word("p.provolatile", "i immutable, s stable, v volatile"),
    parallel: word("p.proparallel", "s safe, r restricted, u unsafe"),
    strict: "nullif(p.proisstrict, false)",
    leakproof: "nullif(p.proleakproof, false)",
    "security definer": "nullif(p.prosecdef, false)",
    cost: "p.procost",
    rows: "nullif(p.prorows, 0)",
    support: "nullif(p.prosupport, 0)::regproc::text",
    settings: hash(`${sorted("p.proconfig")}::text`),
    aggregate:
      hash(`(SELECT concat_ws(' ', aggkind, aggnumdirectargs, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn,
      aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra, aggfinalmodify,
      aggmfinalmodify, aggsortop::regoper, aggtranstype::regtype, aggtransspace, aggmtranstype::regtype, aggmtransspace,
      agginitval, aggminitval) FROM pg_aggregate WHERE aggfnoid = p.oid)`),
    comment: comment("pg_proc", "p.oid"),
  },
  from: `pg_proc p JOIN schemas s ON s.oid = p.pronamespace WHERE ${watched("pg_proc", "p.oid", "p.proowner")}`,
});

const operators = objects({
  kind: "'operator'",
  name: "o.oid::regoperator::text",
  attributes: {
    owner: "pg_get_userbyid(o.oprowner)",
    definition: hash(`concat_ws(' ', o.oprresult::regtype, o.oprcode, o.oprrest, o.oprjoin, o.oprcom::regoperator,
      o.oprnegate::regoperator, o.oprcanmerge, o.oprcanhash)`),
    comment: comment("pg_operator", "o.oid"),
  },
  from: `pg_operator o JOIN schemas s ON s.oid = o.oprnamespace WHERE ${watched("pg_operator", "o.oid", "o.oprowner")}`,
});

const operatorClasses = objects({
  kind: "'operator class'",
  name: `${qualified("s.nspname", "c.opcname")} || ' using ' || am.amname`,
  attributes: {
    owner: "pg_get_userbyid(c.opcowner)",
    type: "c.opcintype::regtype::text",
    default: "c.opcdefault",
    members: hash(`(SELECT string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator), ',' ORDER BY amopstrategy,
        amopopr::regoperator::text COLLATE "C") FROM pg_amop WHERE amopfamily = c.opcfamily) ||
      (SELECT string_agg(concat_ws(' ', amprocnum, amproc::regprocedure), ',' ORDER BY amprocnum,
        amproc::regprocedure::text COLLATE "C") FROM pg_amproc WHERE amprocfamily = c.opcfamily)`),
  },
  from: `pg_opclass c JOIN schemas s ON s.oid = c.opcnamespace JOIN pg_am am ON am.oid = c.opcmethod
    WHERE ${watched("pg_opclass", "c.oid", "c.opcowner")}`,
});

export const routineParts = [routines, operators, operatorClasses];
