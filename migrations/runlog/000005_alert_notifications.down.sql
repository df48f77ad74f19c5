drop table alert_notifications;
