//! The list of commands: name, request, answer, the tags that an answer depends on, the tags that
//! a command makes stale. The shell builds its handler from it, the page its types.

/// Hands the list of commands to a macro.
#[macro_export]
macro_rules! with_commands {
    ($callback:ident) => {
        $callback! {
            app_state(Nothing) -> AppState, provides [Setup, Vault], invalidates [];
            settings_set(SettingsView) -> SettingsView, provides [], invalidates [Setup];
            secrets_use_file(Passphrase) -> SecretsView, provides [], invalidates [Setup, Vault];
            secrets_unlock(Passphrase) -> SecretsView, provides [], invalidates [Setup, Vault];
            tool_list(Nothing) -> Vec<ToolSetView>, provides [Setup], invalidates [];
            doctor(Nothing) -> DoctorReport, provides [Setup, Vault, Projects], invalidates [];
            vault_draft(DraftVault) -> VaultDraft, provides [], invalidates [];
            vault_kit_save(SaveKit) -> Nothing, provides [], invalidates [];
            vault_create(CreateVault) -> VaultView, provides [], invalidates [Setup, Vault, Projects, Backups];
            vault_kit_confirm(ConfirmKit) -> VaultView, provides [], invalidates [Setup, Vault, Projects];
            vault_open(OpenVault) -> RebuildView, provides [], invalidates [Setup, Vault, Projects, Backups];
            vault_check(CheckVault) -> JobStarted, provides [], invalidates [Jobs];
            vault_rolling(Nothing) -> RollingView, provides [Vault, Backups], invalidates [];
            vault_repair(Nothing) -> JobStarted, provides [], invalidates [Jobs, Backups, Vault];
            vault_prune_plan(PlanPrune) -> PrunePlanView, provides [Vault, Backups], invalidates [];
            vault_prune(PruneVault) -> JobStarted, provides [], invalidates [Jobs, Vault];
            vault_rebuild_catalog(Nothing) -> RebuildView, provides [], invalidates [Projects, Backups];
            connection_parse(ParseConnection) -> ParsedConnection, provides [], invalidates [];
            connection_test(TestConnection) -> LadderView, provides [], invalidates [];
            home(Nothing) -> HomeView, provides [Schedules, Projects, Backups, Jobs, Vault], invalidates [];
            project_list(Nothing) -> Vec<ProjectRow>, provides [Schedules, Projects, Backups, Jobs], invalidates [];
            project_show(ProjectRef) -> ProjectView, provides [Schedules, Projects, Backups, Jobs], invalidates [];
            health(AskHealth) -> HealthView, provides [Setup, Vault, Projects, Backups, Jobs, Drills, Schedules], invalidates [];
            health_plots(AskPlots) -> PlotsView, provides [Projects, Backups, Drills], invalidates [];
            health_accept(ProjectRef) -> Nothing, provides [], invalidates [Projects, Backups];
            health_prices_set(PriceListView) -> PriceListView, provides [], invalidates [Setup, Vault];
            project_add(AddProject) -> ProjectView, provides [], invalidates [Projects];
            project_edit(EditProject) -> ProjectView, provides [], invalidates [Projects];
            project_removal_plan(ProjectRef) -> RemovalPlan, provides [Projects, Backups], invalidates [];
            project_remove(RemoveProject) -> Nothing, provides [], invalidates [Projects, Backups, Vault];
            project_acknowledge(ProjectRef) -> Nothing, provides [], invalidates [Projects];
            sample_add(Nothing) -> JobStarted, provides [], invalidates [Projects, Jobs];
            backup_plan(ProjectRef) -> BackupPlanView, provides [], invalidates [];
            backup_start(StartBackup) -> JobStarted, provides [], invalidates [Jobs, Projects];
            backup_list(ListBackups) -> BackupPage, provides [Backups], invalidates [];
            backup_show(BackupRef) -> BackupView, provides [Backups], invalidates [];
            backup_coverage(BackupRef) -> CoverageView, provides [Backups, Vault], invalidates [];
            proof_standing(AskProofs) -> Vec<ProofStandingView>, provides [Backups, Drills], invalidates [];
            backup_diff(CompareBackups) -> BackupDiffView, provides [Backups], invalidates [];
            backup_rows(BackupRows) -> RowsView, provides [Backups], invalidates [];
            backup_references(BackupRef) -> TableReferencesView, provides [Backups], invalidates [];
            backup_growth(AskGrowth) -> Vec<GrowthPoint>, provides [Backups], invalidates [];
            backup_deletion_plan(BackupRef) -> DeletionPlan, provides [Backups], invalidates [];
            backup_delete(DeleteBackup) -> Nothing, provides [], invalidates [Backups, Projects, Vault];
            backup_fates(AskFates) -> Vec<BackupFateView>, provides [Projects, Backups, Jobs], invalidates [];
            backup_hold(HoldBackup) -> KeepingView, provides [], invalidates [Backups, Projects];
            backup_release(BackupRef) -> KeepingView, provides [], invalidates [Backups, Projects];
            backup_expire(ExpireBackup) -> KeepingView, provides [], invalidates [Backups, Projects];
            bundle_inspect(InspectFiles) -> Vec<InspectionView>, provides [], invalidates [];
            bundle_rows(FileRows) -> RowsView, provides [], invalidates [];
            bundle_inspect_stop(LookRef) -> Nothing, provides [], invalidates [];
            bundle_import(ImportFiles) -> JobStarted, provides [], invalidates [Jobs, Projects];
            platform_forms(Nothing) -> Vec<PlatformFormView>, provides [], invalidates [];
            platform_test(TestPlatform) -> LadderView, provides [], invalidates [];
            platform_show(ProjectRef) -> PlatformView, provides [Projects, Backups], invalidates [];
            platform_create(CreateRemote) -> JobStarted, provides [], invalidates [Jobs, Projects];
            platform_act(PlatformActRequest) -> PlatformActed, provides [], invalidates [Projects];
            platform_schedule_set(SetRemoteSchedule) -> RemoteScheduleView, provides [], invalidates [Projects];
            platform_deletion_plan(RemoteRef) -> RemotePlanView, provides [], invalidates [];
            platform_restore_plan(PlanRemoteRestore) -> RemotePlanView, provides [], invalidates [];
            platform_import_plan(PlanRemoteImport) -> RemotePlanView, provides [], invalidates [];
            platform_apply(ApplyRemotePlan) -> JobStarted, provides [], invalidates [Jobs, Projects];
            platform_upload(UploadToPlatform) -> JobStarted, provides [], invalidates [Jobs, Projects];
            platform_import(ImportAtPlatform) -> JobStarted, provides [], invalidates [Jobs, Projects];
            platform_logs(ReadLogs) -> JobStarted, provides [], invalidates [Jobs, Projects];
            pull_start(StartPull) -> JobStarted, provides [], invalidates [Jobs, Projects];
            backup_export(ExportBackup) -> JobStarted, provides [], invalidates [Jobs];
            backup_save(SavePart) -> JobStarted, provides [], invalidates [Jobs];
            verify_start(VerifyBackup) -> JobStarted, provides [], invalidates [Jobs];
            restore_plan(PlanRestore) -> RestorePlanView, provides [], invalidates [];
            restore_apply(ApplyRestore) -> JobStarted, provides [], invalidates [Jobs];
            restore_list(Nothing) -> Vec<RestoreRow>, provides [Jobs], invalidates [];
            restore_show(RestoreRef) -> RestoreStandingView, provides [Jobs], invalidates [];
            restore_report(RestoreRef) -> RestoreReportView, provides [Jobs], invalidates [];
            restore_report_save(SaveRestoreReport) -> Nothing, provides [], invalidates [];
            restore_undo_plan(PlanUndo) -> RestorePlanView, provides [], invalidates [];
            restore_discard_plan(RestoreRef) -> RestorePlanView, provides [], invalidates [];
            drill_plan(AskDrill) -> DrillPlanView, provides [], invalidates [];
            drill_start(AskDrill) -> JobStarted, provides [], invalidates [Jobs, Projects];
            drill_list(ListDrills) -> Vec<DrillRowView>, provides [Drills], invalidates [];
            drill_show(DrillRef) -> DrillView, provides [Drills], invalidates [];
            drill_report_save(SaveDrillReport) -> Nothing, provides [], invalidates [];
            assertion_list(ProjectRef) -> Vec<AssertionView>, provides [Drills], invalidates [];
            assertion_draft(AddAssertion) -> AssertionDraftView, provides [], invalidates [];
            assertion_add(AddAssertion) -> AssertionView, provides [], invalidates [Drills];
            assertion_remove(AssertionRef) -> Nothing, provides [], invalidates [Drills];
            goal_show(ProjectRef) -> GoalView, provides [Drills], invalidates [];
            goal_component_set(SetComponentGoal) -> GoalStandingView, provides [], invalidates [Drills, Projects];
            recovery_steps_show(ProjectRef) -> Vec<StepView>, provides [Projects], invalidates [];
            recovery_steps_set(SetSteps) -> Vec<StepView>, provides [], invalidates [Projects];
            recovery_plan_show(ProjectRef) -> RecoveryPlanView, provides [Projects, Backups, Drills, Schedules, Vault, Setup], invalidates [];
            recovery_plan_save(SaveRecoveryPlan) -> Nothing, provides [], invalidates [];
            recovery_plan_folder_set(SetPlanFolder) -> PlanExportView, provides [], invalidates [Setup];
            recovery_plan_export(Nothing) -> PlanExportView, provides [], invalidates [Setup];
            contacts_show(ProjectRef) -> ContactsView, provides [Projects], invalidates [];
            contacts_set(SetContacts) -> ContactsView, provides [], invalidates [Projects];
            kit_place_set(SetKitPlace) -> Nothing, provides [], invalidates [Projects];
            clean_check_start(FindClean) -> JobStarted, provides [], invalidates [Jobs];
            clean_check_list(ProjectRef) -> Vec<CleanCheckView>, provides [Backups], invalidates [];
            goal_set(SetGoal) -> GoalView, provides [], invalidates [Drills, Projects];
            schedule_list(ListSchedules) -> Vec<ScheduleView>, provides [Schedules, Projects, Backups, Jobs, Drills], invalidates [];
            schedule_set(SetSchedule) -> ScheduleView, provides [], invalidates [Schedules];
            schedule_pause(PauseSchedule) -> Vec<ScheduleView>, provides [], invalidates [Schedules];
            schedule_resume(ScheduleRef) -> Vec<ScheduleView>, provides [], invalidates [Schedules];
            schedule_pause_all(PauseAll) -> Option<PausedView>, provides [], invalidates [Schedules];
            schedule_resume_all(Nothing) -> Option<PausedView>, provides [], invalidates [Schedules];
            schedule_remove(ScheduleRef) -> Nothing, provides [], invalidates [Schedules];
            goal_standing(ProjectRef) -> GoalStandingView, provides [Drills, Projects, Backups, Schedules], invalidates [];
            goal_presets(Nothing) -> Vec<GoalPresetView>, provides [], invalidates [];
            retention_show(ProjectRef) -> RetentionView, provides [Projects, Backups], invalidates [];
            retention_set(SetRetention) -> RetentionView, provides [], invalidates [Projects, Backups];
            retention_preview(PreviewRetention) -> RetentionPlanView, provides [Projects, Backups, Jobs], invalidates [];
            retention_plan(ProjectRef) -> RetentionPlanView, provides [], invalidates [];
            retention_apply(ApplyRetention) -> JobStarted, provides [], invalidates [Jobs, Projects];
            notify_list(Nothing) -> Vec<ChannelView>, provides [Notify, Projects], invalidates [];
            notify_set(SetChannel) -> ChannelView, provides [], invalidates [Notify];
            notify_test(ChannelRef) -> ChannelTested, provides [], invalidates [Notify];
            notify_remove(ChannelRef) -> Nothing, provides [], invalidates [Notify];
            scratch_list(Nothing) -> Vec<ScratchView>, provides [Scratch], invalidates [];
            scratch_remove(ScratchRef) -> Nothing, provides [], invalidates [Scratch];
            job_list(ListJobs) -> Vec<JobRow>, provides [Jobs], invalidates [];
            job_show(JobRef) -> JobView, provides [Jobs], invalidates [];
            job_log(AskLog) -> Vec<LogLine>, provides [Jobs], invalidates [];
            job_cancel(JobRef) -> Nothing, provides [], invalidates [Jobs, Projects];
            job_pause(JobRef) -> Nothing, provides [], invalidates [Jobs, Projects];
            job_resume(ResumeJob) -> JobStarted, provides [], invalidates [Jobs, Projects];
            job_answer(AnswerJob) -> Nothing, provides [], invalidates [Jobs];
            report_preview(AskReport) -> PaperView, provides [Setup, Vault, Projects, Backups, Jobs, Drills, Schedules], invalidates [];
            report_save(SaveReport) -> ReportSaved, provides [], invalidates [Setup];
            audit_list(ListAudit) -> AuditPage, provides [Setup, Vault, Projects, Backups, Jobs, Scratch], invalidates [];
            audit_verify(VerifyAudit) -> AuditVerdict, provides [], invalidates [];
            audit_export(ExportAudit) -> AuditExported, provides [], invalidates [];
        }
    };
}

/// The empty request and the empty answer.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize, specta::Type)]
pub struct Nothing {}
