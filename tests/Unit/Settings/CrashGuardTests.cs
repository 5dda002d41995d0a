using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Runs of one instance, one after the other, on one folder. What is not ended in order was killed.</summary>
public sealed class CrashGuardTests : IDisposable
{
    private static readonly SettingsSubject Subject = new("processors", "p-1");
    private static readonly TimeSpan Probation = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-guard-").FullName;
    private ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly SettingsState[] _states;
    private CrashGuard? _run;

    /// <summary>Version 1 is good, version 2 crashes, the others change one thing more each.</summary>
    public CrashGuardTests() => _states = States(
        Change(("lane.batchCap", 64)), Change(("lane.window", 7)), Change(("lane.pace", 9)), Change(("lane.window", 16), ("lane.pace", 3)), Change(("lane.window", 7)));

    [Fact]
    public void After_two_crashes_soon_after_a_version_the_one_before_is_started_on_and_the_version_refused()
    {
        LivesWith(1);
        var first = Begins();
        Assert.Null(Takes(first, 2));
        var second = Begins();
        Assert.Equal(2, second.Start.Version); // once may be chance
        var third = Begins();
        Assert.Equal(_states[1], third.Start);
        Assert.Equal(2, third.Quarantine!.Version);
        Assert.Equal("quarantined: crashed twice within 60 s of version 2; works by version 1. Other values are tried.", third.Admit(_states[2])!.Why);
        Assert.Contains(_log.Warnings, warning => warning.Contains("start at version 1"));
        Assert.Equal(_states[1], Begins().Start); // and so on, however often it starts
    }

    [Fact]
    public void A_quarantine_is_a_metric_from_the_start_until_other_values_are_tried()
    {
        LivesWith(1);
        Takes(Begins(), 2);
        Assert.Equal(0, Metric());
        Begins();
        Assert.Equal(0, Metric());
        var run = Begins();
        Assert.Equal(1, Metric());
        Takes(run, 2);
        Assert.Equal(1, Metric());
        Takes(run, 3);
        Assert.Equal(0, Metric());

        double Metric()
        {
            using var heard = new HeardMetrics(_metrics.GetRequiredService<IMeterFactory>());
            return heard.Of("hunt.settings.quarantined");
        }
    }

    [Fact]
    public void A_crash_before_the_version_reached_the_file_counts_too()
    {
        LivesWith(1);
        Assert.Null(Begins().Admit(_states[2])); // dies before any governor has worked by it
        Assert.Null(Begins().Admit(_states[2]));
        Assert.NotNull(Begins().Admit(_states[2]));
    }

    [Fact]
    public void Other_values_are_tried_and_when_they_hold_the_crashing_ones_may_be_tried_again()
    {
        Quarantined();
        var run = Begins();
        Assert.NotNull(Takes(run, 2));
        Assert.Null(Takes(run, 3));
        Assert.Null(run.Quarantine);
        _clock.Advance(Probation);
        Assert.Null(Takes(run, 4));
        Assert.Null(Takes(run, 5)); // the values of version 2
    }

    [Fact]
    public void A_rollback_lifts_the_quarantine_at_once()
    {
        Quarantined();
        var run = Begins();
        Assert.NotNull(Takes(run, 2));
        Assert.Null(Takes(run, 4)); // values it has lived with before
        Assert.Null(run.Quarantine);
        Assert.Null(Takes(run, 5));
        Assert.Equal(5, Begins().Start.Version); // tried anew: one death is none
    }

    [Fact]
    public void A_version_that_changes_nothing_for_this_instance_is_refused_as_well()
    {
        Quarantined();
        var elsewhere = SettingsState.Evolve(_states[2], new SettingsChange(3, Noon, "ops", "other", [new SettingItem("instance:p-2", "lane.pace", SettingValue.Of(1))]));
        Assert.Contains("version 2", Begins().Admit(elsewhere)!.Why);
    }

    [Fact]
    public void Values_that_a_run_has_lived_with_are_never_quarantined_however_often_it_is_killed()
    {
        LivesWith(1, 2);
        for (var kill = 0; kill < 20; kill++) Assert.Equal(2, Begins().Start.Version);
        Takes(Begins(), 3);
        Takes(Begins(), 4); // version 1's values once more
        for (var kill = 0; kill < 20; kill++) Assert.Equal(4, Begins().Start.Version);
    }

    [Fact]
    public void A_lane_plan_is_nothing_to_die_of_for_it_changes_with_every_process_that_is_killed()
    {
        LivesWith(1);
        for (var kill = 0; kill < 5; kill++)
        {
            var plan = new SettingsState(2 + kill, _states[1].Values.With(SettingsScope.Fleet, "lane.plan", SettingValue.Of($"p-1:{kill % 2}")));
            Assert.Null(Begins().Admit(plan));
        }
    }

    [Fact]
    public void The_defaults_are_never_quarantined()
    {
        var back = SettingsState.Evolve(_states[1], new SettingsChange(2, Noon, "ops", "back", [new SettingItem("fleet", "lane.batchCap")]));
        var run = Begins();
        Takes(run, 1);
        run.Admit(back);
        Writes(back);
        for (var kill = 0; kill < 5; kill++) Assert.Equal(back, Begins().Start);
    }

    [Fact]
    public void Orderly_stops_are_no_crashes()
    {
        LivesWith(1);
        for (var stop = 0; stop < 5; stop++)
        {
            var run = Begins();
            Assert.Null(Takes(run, 2));
            run.End();
        }
        Assert.Equal(2, Begins().Start.Version);
    }

    [Theory, InlineData(false, 2), InlineData(true, 1)]
    public async Task A_stop_that_a_failed_service_brings_about_is_a_crash(bool fails, long startsOn)
    {
        LivesWith(1);
        for (var stop = 0; stop < 2; stop++)
        {
            var run = Begins();
            Takes(run, 2);
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddHostedService(services => new CrashGuardRun(run, services));
            builder.Services.AddHostedService(_ => new Service(fails));
            using var host = builder.Build();
            var ended = host.RunAsync();
            if (!fails) await host.StopAsync();
            await ended.ContinueWith(_ => { }, TaskScheduler.Default);
        }
        Assert.Equal(startsOn, Begins().Start.Version);
    }

    [Fact]
    public async Task A_process_that_is_asked_to_stop_while_it_starts_has_not_died_of_its_settings()
    {
        LivesWith(1);
        for (var time = 0; time < 2; time++)
        {
            var run = Begins();
            Takes(run, 2);
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddHostedService(services => new CrashGuardRun(run, services));
            builder.Services.AddHostedService(_ => new NeverStarted());
            using var host = builder.Build();
            var starting = host.StartAsync();
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        }
        Assert.Equal(2, Begins().Start.Version);
    }

    [Theory, InlineData(false, 1), InlineData(true, 2)]
    public async Task What_a_process_has_only_waited_with_is_not_proven(bool starts, long startsOn)
    {
        LivesWith(1);
        using var killed = new CancellationTokenSource();
        for (var time = 0; time < 2; time++)
        {
            var run = Begins();
            Takes(run, 2);
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddHostedService(services => new CrashGuardRun(run, services));
            if (!starts) builder.Services.AddHostedService(_ => new NeverStarted()); // its broker is away
            using var host = builder.Build();
            var starting = host.StartAsync(killed.Token);
            if (starts) await starting;
            _clock.Advance(2 * Probation);
        }
        Assert.Equal(startsOn, Begins().Start.Version);
        await killed.CancelAsync();
    }

    private sealed class NeverStarted : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Service(bool fails) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            if (fails) throw new InvalidOperationException("a setting was too much");
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }
    }

    [Fact]
    public void Only_a_whole_probation_in_one_run_proves_a_version()
    {
        LivesWith(1);
        var run = Begins();
        Takes(run, 2);
        _clock.Advance(Probation - TimeSpan.FromSeconds(1));
        Takes(run, 3); // the clock begins anew
        _clock.Advance(Probation - TimeSpan.FromSeconds(1));
        Assert.Equal(3, Begins().Start.Version);
        _clock.Advance(Probation - TimeSpan.FromSeconds(1));
        Assert.Equal(1, Begins().Start.Version);
    }

    [Fact]
    public void Deaths_are_counted_although_older_versions_are_folded_again_on_the_way()
    {
        LivesWith(1);
        for (var crash = 0; crash < 2; crash++)
        {
            var run = Begins(); // its file is old each time
            Assert.Equal(1, run.Start.Version);
            for (var version = 2; version <= 5; version++) Assert.Null(run.Admit(_states[version])); // dies of version 5, which has version 2's values
        }
        var third = Begins();
        Assert.Equal(5, third.Quarantine!.Version);
        Assert.NotNull(third.Admit(_states[2]));
        Assert.Null(third.Admit(_states[3]));
        Assert.Null(third.Admit(_states[4]));
        Assert.NotNull(third.Admit(_states[5]));
    }

    [Fact]
    public void Without_a_proven_version_the_defaults_are_gone_back_to()
    {
        Takes(Begins(), 2);
        Begins();
        Assert.Equal(SettingsState.Initial, Begins().Start);
    }

    [Fact]
    public void The_file_of_a_release_without_a_journal_counts_as_proven()
    {
        Writes(_states[2]);
        for (var kill = 0; kill < 5; kill++) Assert.Equal(2, Begins().Start.Version);
    }

    [Fact]
    public void However_the_journal_is_cut_off_or_changed_the_process_starts_and_says_so()
    {
        Quarantined();
        var bytes = File.ReadAllBytes(JournalPath);
        for (var at = 0; at < bytes.Length; at += 3)
        {
            Begins(bytes[..at]);
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 1;
            Begins(changed);
        }

        void Begins(byte[] content)
        {
            File.WriteAllBytes(JournalPath, content);
            _log.Warnings.Clear();
            Assert.Contains(this.Begins().Start.Version, new long[] { 1, 2 });
            if (_log.Warnings.TrueForAll(warning => !warning.Contains("is ignored"))) Assert.Contains(_log.Warnings, warning => warning.Contains("start at version 1"));
        }
    }

    [Fact]
    public void Values_that_are_tried_cost_a_note_in_place_and_the_whole_journal_is_left_alone()
    {
        LivesWith(1);
        var run = Begins();
        var (whole, file) = (File.ReadAllBytes(JournalPath), new SettingsJournalFile(JournalPath, _log));
        foreach (var version in new[] { 2, 3, 5 })
        {
            Assert.Null(run.Admit(_states[version]));
            Assert.Equal(8 * 1024, new FileInfo(file.NotePath).Length);
            Assert.Equal(SettingsJournal.HashOf(_states[version], Subject), file.Read().Journal!.OnTrial);
        }
        Assert.Equal(whole, File.ReadAllBytes(JournalPath));
        Assert.Null(run.Admit(_states[4])); // version 1's values: proven anew, which takes the whole file
        Assert.Null(file.Read().Journal!.OnTrial);
        Assert.Equal(whole, File.ReadAllBytes(JournalPath));
        run.Keep();
        Assert.Equal((4, null), (file.Read().Journal!.Proven.Version, file.Read().Journal!.OnTrial));
    }

    [Fact]
    public void A_note_that_is_cut_off_or_changed_is_ignored_and_what_was_written_whole_counts()
    {
        LivesWith(1);
        Takes(Begins(), 2);
        var (note, file) = (new SettingsJournalFile(JournalPath, _log).NotePath, new SettingsJournalFile(JournalPath, _log));
        var noted = file.Read().Journal!;
        var bytes = File.ReadAllBytes(note);
        var length = bytes.AsSpan().TrimEnd((byte)' ').Length;
        for (var at = 0; at < length; at += 3)
        {
            File.WriteAllBytes(note, bytes[..at]);
            Assert.Null(file.Read().Journal!.OnTrial);
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 1;
            File.WriteAllBytes(note, changed);
            Assert.Contains(file.Read().Journal!.OnTrial, new[] { null, noted.OnTrial }); // a changed name of a field may be read over, never a changed value
        }
        File.WriteAllBytes(note, bytes);
        Assert.Equal(noted.OnTrial, file.Read().Journal!.OnTrial);
    }

    [Fact]
    public void The_journal_of_a_release_that_did_not_count_steps_is_gone_on_from_and_a_note_beside_it_is_older()
    {
        LivesWith(1);
        Takes(Begins(), 2);
        var file = new SettingsJournalFile(JournalPath, _log);
        Assert.NotNull(file.Read().Journal!.OnTrial);
        File.WriteAllText(JournalPath, Regex.Replace(File.ReadAllText(JournalPath), ",\\s*\"step\": [0-9]+", ""));
        var (journal, broken) = file.Read();
        Assert.Equal((0, null, 1, false), (journal!.Step, journal.OnTrial, journal.Proven.Version, broken));
        Assert.False(File.Exists(file.NotePath));
        Takes(Begins(), 2);
        Begins(); // the death is counted
        Assert.NotNull(Begins().Quarantine);
    }

    [Fact]
    public void A_process_that_comes_into_a_group_proves_the_same_version_with_other_values()
    {
        var canary = SettingsState.Evolve(_states[1], new SettingsChange(2, Noon, "ops", "canary", [new SettingItem("group:canary", "lane.pace", SettingValue.Of(1))]));
        var alone = Begins();
        Assert.Null(alone.Admit(canary));
        Writes(canary);
        _clock.Advance(Probation);
        for (var restart = 0; restart < 3; restart++)
        {
            var run = Begins(Subject with { Group = "canary" });
            Assert.Equal((2, null), (run.Start.Version, run.Quarantine));
            _clock.Advance(Probation);
            run.End();
        }
    }

    [Fact]
    public void A_note_without_its_journal_is_nothing()
    {
        Takes(Begins(), 2);
        File.Delete(JournalPath);
        var file = new SettingsJournalFile(JournalPath, _log);
        Assert.Equal((null, false), file.Read());
        Assert.False(File.Exists(file.NotePath));
        Assert.Equal(2, Begins().Start.Version); // as in a release without a journal
    }

    /// <summary>However runs and versions follow each other: a process always starts, on values it lived with, on untried ones, or on the defaults.</summary>
    [Fact]
    public void A_version_that_always_crashes_ends_at_most_two_runs_in_a_row_and_a_good_one_is_never_refused()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 3]).Array[1, 8].Sample(steps =>
        {
            using var test = new CrashGuardTests();
            var latest = 0;
            foreach (var (version, kills) in steps)
            {
                latest = Math.Min(5, Math.Max(latest, version));
                var deaths = 0;
                for (var again = true; again;)
                {
                    var run = test.Begins();
                    var inForce = run.Start;
                    for (var next = run.Start.Version + 1; next <= latest; next++)
                    {
                        var refused = test.Takes(run, (int)next);
                        Assert.True(refused is null || Crashes(test._states[next]), refused?.Why);
                        inForce = refused?.WorksBy ?? test._states[next];
                    }
                    again = Crashes(inForce);
                    if (again) Assert.True(++deaths <= SettingsJournal.MaxDeaths, "It crashes for ever.");
                    else test._clock.Advance(Probation);
                }
                for (var kill = 0; kill < kills; kill++) Assert.False(Crashes(test.Begins().Start));
            }
        }, iter: 60, threads: 1);

        static bool Crashes(SettingsState state) => SettingsSchema.Resolve(0, state.Values, Subject).Snapshot!.Lane.Window == 7;
    }

    private string JournalPath => SettingsJournalFile.PathOf(_folder, Subject);

    /// <summary>A run; the one before it is dead, also its timer and its metrics.</summary>
    private CrashGuard Begins(SettingsSubject? subject = null)
    {
        _run?.Dispose();
        _metrics.Dispose();
        _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
        return _run = new CrashGuard(
            new SettingsFile(SettingsFile.PathOf(_folder, Subject), Subject, _log).Read(), subject ?? Subject, new SettingsJournalFile(JournalPath, _log),
            Probation, _clock, _metrics.GetRequiredService<IMeterFactory>(), _log);
    }

    /// <summary>As follower and applier do it.</summary>
    private Quarantine? Takes(CrashGuard run, int version)
    {
        var refused = run.Admit(_states[version]);
        run.Keep();
        Writes(refused?.WorksBy ?? _states[version]);
        return refused;
    }

    private void Writes(SettingsState state) => new SettingsFile(SettingsFile.PathOf(_folder, Subject), Subject, _log).Write(state);

    private void LivesWith(params int[] versions)
    {
        var run = Begins();
        foreach (var version in versions)
        {
            Assert.Null(Takes(run, version));
            _clock.Advance(Probation);
        }
    }

    private void Quarantined()
    {
        LivesWith(1);
        Takes(Begins(), 2);
        Begins();
        Assert.NotNull(Begins().Quarantine);
    }

    private static SettingsState[] States(params SettingsChange[] changes)
    {
        var states = new List<SettingsState> { SettingsState.Initial };
        foreach (var change in changes) states.Add(SettingsState.Evolve(states[^1], change with { Version = states.Count }));
        return [.. states];
    }

    public void Dispose()
    {
        _run?.Dispose();
        _metrics.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
