drop function seal_audit, forget_audit, audit_hash;
drop table audit_anchors, audit_head, audit_seals, audit;
drop function refuse_audit_change, keep_audit, keep_audit_seals, check_audit_anchor, keep_audit_head;
drop function audit_part(text);
drop function audit_part(timestamptz);
