using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsFollowerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-settings-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<Task> _running = [];

    [Fact]
    public async Task A_version_is_swapped_in_written_and_answered_with_the_governors_values()
    {
        var member = Member(fetch: null, governor: (snapshot, _) => Effective("lane.batchCap", snapshot.Lane.BatchCap - 1));
        var messages = Messages([Change(("lane.batchCap", 64))]);
        member.Follower.Hear(messages[1]);
        var receipt = await member.ReceiptOf(1);
        Assert.Equal(64, member.Live.Current.Lane.BatchCap);
        Assert.Equal(1, member.Live.Current.Version);
        Assert.Equal((ReceiptStatus.Applied, 1, "p-1", "processors"), (receipt.Status, receipt.InForce, receipt.Instance, receipt.Service));
        Assert.Equal(SettingValue.Of(63), receipt.Effective["lane.batchCap"]);
        Assert.Equal(SettingValue.Of(16), receipt.Effective["lane.window"]);
        Assert.Equal(1, member.File.Read().Version);
    }

    [Fact]
    public async Task What_the_process_began_with_is_answered_too()
    {
        var member = Member(fetch: null);
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(0)).Status);
    }

    [Fact]
    public async Task Until_a_gap_is_filled_the_last_good_snapshot_stays()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.window", 12)), Change(("lane.batchCap", 65))]);
        var answer = new TaskCompletionSource<IReadOnlyList<SettingsMessage>>();
        var member = Member(fetch: (_, _) => answer.Task);
        member.Follower.Hear(messages[1]);
        await member.ReceiptOf(1);
        member.Follower.Hear(messages[3]);
        await member.UntilAsync(() => member.Fetches == 1);
        Assert.Equal(1, member.Live.Current.Version);
        answer.SetResult([messages[2], messages[3]]);
        await member.ReceiptOf(3);
        Assert.Equal((3, 65, 12), (member.Live.Current.Version, member.Live.Current.Lane.BatchCap, member.Live.Current.Lane.Window));
    }

    [Fact]
    public async Task While_nobody_can_fill_the_gap_everything_goes_on_and_the_next_beacon_tries_again()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.batchCap", 65))]);
        var away = true;
        var member = Member(fetch: (_, _) => away ? throw new HttpRequestException("away") : Task.FromResult<IReadOnlyList<SettingsMessage>>([messages[1], messages[2]]));
        member.Follower.Hear(messages[2]);
        await member.UntilAsync(() => member.Fetches == 1);
        Assert.Equal(0, member.Live.Current.Version);
        away = false;
        member.Follower.Hear(messages[2]);
        await member.ReceiptOf(2);
    }

    [Fact]
    public async Task A_gap_that_cannot_be_fetched_is_no_news_and_is_passed_over_after_some_tries()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.window", 12)), Change(("lane.batchCap", 65))]);
        var member = Member(fetch: (_, _) => throw new HttpRequestException("away"));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var beacon = 1; beacon <= SettingsFollower.MostFailedFetches; beacon++)
        {
            member.Follower.Hear(messages[3]);
            await member.UntilAsync(() => member.CouldNotFetch == beacon);
            Assert.Equal(0, member.Live.Current.Version);
            Assert.True(member.Status.Staleness >= clock.Elapsed, "What it hears of and does not have counts as known.");
        }
        member.Follower.Hear(messages[3]);
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(3)).Status);
        Assert.Equal((65, 12), (member.Live.Current.Lane.BatchCap, member.Live.Current.Lane.Window));
        Assert.True(member.Status.Staleness < clock.Elapsed, "What it has is not known to be the latest.");
    }

    [Fact]
    public async Task A_version_that_is_refused_stays_the_last_word_when_one_before_it_comes_into_force_at_last()
    {
        var failing = true;
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.window", 100_000))]);
        var member = Member(fetch: null, governor: (_, _) => failing ? throw new InvalidOperationException("the channel is gone") : Effective("lane.batchCap", 64));
        member.Follower.Hear(messages[1]);
        Assert.Equal("the channel is gone", (await member.ReceiptOf(1)).Reason);
        member.Follower.Hear(messages[2]);
        await member.ReceiptOf(2);
        member.Receipts.Clear();
        failing = false;
        member.Follower.Hear(messages[2]); // the beacon
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(1)).Status);
        var last = await member.ReceiptOf(2);
        Assert.Equal((ReceiptStatus.Refused, 1), (last.Status, last.InForce));
        Assert.Same(last, member.Receipts.Last());
        Assert.Contains("lane.window", member.Status.Problem);
    }

    [Fact]
    public async Task A_restart_does_not_make_what_is_known_younger()
    {
        var folder = Path.Combine(_folder, "restarted");
        var first = Member(fetch: null, folder: folder);
        first.Follower.Hear(Messages([Change(("lane.batchCap", 64))])[1]);
        await first.ReceiptOf(1);
        Assert.True(TimeProvider.System.GetUtcNow() - first.File.KnownAt < TimeSpan.FromMinutes(1));

        first.File.Confirm(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(25)); // nobody spoke for a day
        var next = new SettingsStatus(first.Live, first.File.KnownAt, TimeProvider.System, _metrics.GetRequiredService<IMeterFactory>());
        Assert.InRange(next.Staleness, TimeSpan.FromHours(24.9), TimeSpan.FromHours(25.1));
        next.Heard();
        Assert.True(next.Staleness < TimeSpan.FromMinutes(1));
        Assert.True(new SettingsStatus(first.Live, TimeProvider.System.GetUtcNow().AddHours(1), TimeProvider.System, _metrics.GetRequiredService<IMeterFactory>()).Staleness < TimeSpan.FromMinutes(1)); // by a clock that was ahead
    }

    [Fact]
    public async Task A_bad_value_is_refused_whole_the_last_good_stays_and_the_next_good_version_is_taken()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.batchCap", 1_000_000), ("lane.window", 7)), Change(("lane.batchCap", 65))]);
        var member = Member(fetch: null);
        member.Follower.Hear(messages[1]);
        await member.ReceiptOf(1);
        member.Follower.Hear(messages[2]);
        var refused = await member.ReceiptOf(2);
        Assert.Equal((ReceiptStatus.Refused, 1), (refused.Status, refused.InForce));
        Assert.Contains("lane.batchCap must be a whole number from 1 to 4096", refused.Reason);
        Assert.Equal(SettingValue.Of(64), refused.Effective["lane.batchCap"]);
        Assert.Equal((1, 64, 16), (member.Live.Current.Version, member.Live.Current.Lane.BatchCap, member.Live.Current.Lane.Window));
        Assert.Equal(1, member.File.Read().Version);
        Assert.Contains("lane.batchCap", member.Status.Problem);
        member.Follower.Hear(messages[3]);
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(3)).Status);
        Assert.Equal((3, 65, 7), (member.Live.Current.Version, member.Live.Current.Lane.BatchCap, member.Live.Current.Lane.Window));
        Assert.Null(member.Status.Problem);
    }

    [Fact]
    public async Task Values_that_crashed_this_process_are_folded_but_not_brought_into_force_and_nothing_untried_stays()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.window", 7)), Change(("lane.window", 8))]);
        var folder = Path.Combine(_folder, "crashed");
        for (var crash = 0; crash < SettingsJournal.MaxDeaths; crash++)
        {
            using var run = Guard(folder, _metrics.GetRequiredService<IMeterFactory>());
            run.Admit(new SettingsState(2, messages[2].Values));
        }
        var member = Member(fetch: null, folder: folder);
        member.Follower.Hear(messages[1]);
        await member.ReceiptOf(1);
        member.Follower.Hear(messages[2]);
        var refused = await member.ReceiptOf(2);
        Assert.Equal((ReceiptStatus.Refused, 0), (refused.Status, refused.InForce));
        Assert.Contains("quarantined: crashed twice within 60 s of version 2; works by version 0", refused.Reason);
        Assert.Equal(SettingsSchema.Defaults, member.Live.Current);
        Assert.Contains("quarantined", member.Status.Problem);
        member.Follower.Hear(messages[3]);
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(3)).Status);
        Assert.Equal((3, 64, 8), (member.Live.Current.Version, member.Live.Current.Lane.BatchCap, member.Live.Current.Lane.Window));
        Assert.Null(member.Status.Problem);
    }

    [Fact]
    public async Task A_good_version_right_before_a_bad_one_still_reaches_the_governors()
    {
        var seen = new ConcurrentQueue<int>();
        var hold = new TaskCompletionSource();
        var member = Member(fetch: null, governor: async (snapshot, _) =>
        {
            await hold.Task;
            seen.Enqueue(snapshot.Lane.BatchCap);
            return new Dictionary<string, SettingValue>();
        });
        foreach (var message in Messages([Change(("lane.batchCap", 64)), Change(("lane.window", 100_000))])) member.Follower.Hear(message);
        await member.UntilAsync(() => member.Warned("version 2 is refused"));
        hold.SetResult();
        Assert.Equal(1, (await member.ReceiptOf(2)).InForce);
        Assert.Contains(64, seen);
    }

    [Fact]
    public async Task A_governor_that_fails_is_named_and_asked_again_at_the_next_beacon()
    {
        var failing = true;
        var member = Member(fetch: null, governor: (_, _) => failing ? throw new InvalidOperationException("the channel is gone") : Effective("x", 1));
        var message = Messages([Change(("lane.batchCap", 64))])[1];
        member.Follower.Hear(message);
        Assert.Equal("the channel is gone", (await member.ReceiptOf(1)).Reason);
        failing = false;
        member.Receipts.Clear();
        member.Follower.Hear(message);
        Assert.Equal(ReceiptStatus.Applied, (await member.ReceiptOf(1)).Status);
    }

    [Fact]
    public async Task A_receipt_that_could_not_be_sent_is_sent_with_the_next_beacon()
    {
        var member = Member(fetch: null);
        await member.ReceiptOf(0);
        member.Away = true;
        var message = Messages([Change(("lane.batchCap", 64))])[1];
        member.Follower.Hear(message);
        await member.UntilAsync(() => member.Refused > 0);
        member.Away = false;
        member.Follower.Hear(message);
        await member.ReceiptOf(1);
    }

    [Fact]
    public async Task A_history_that_was_restored_to_an_earlier_version_is_followed_only_on_ConfigServices_own_word()
    {
        var messages = Messages([Change(("lane.batchCap", 64)), Change(("lane.batchCap", 65)), Change(("lane.batchCap", 66))]);
        IReadOnlyList<SettingsMessage> answer = [];
        var member = Member(fetch: (_, _) => Task.FromResult(answer));
        foreach (var message in messages) member.Follower.Hear(message);
        await member.ReceiptOf(3);
        member.Follower.Hear(messages[1]); // late: ConfigService says there is nothing new
        await member.UntilAsync(() => member.Fetches == 1);
        Assert.Equal(3, member.Live.Current.Version);

        var restored = Member(fetch: (_, _) => Task.FromResult<IReadOnlyList<SettingsMessage>>([messages[1]]));
        foreach (var message in messages) restored.Follower.Hear(message);
        await restored.ReceiptOf(3);
        restored.Follower.Hear(messages[1]);
        await restored.UntilAsync(() => restored.Live.Current.Version == 1);
        Assert.Equal((1, 64), (restored.Live.Current.Version, restored.Live.Current.Lane.BatchCap));
    }

    [Fact]
    public async Task With_messages_dropped_repeated_and_shuffled_every_version_is_swapped_in_order_and_the_last_one_holds()
    {
        await Gen.Select(Streams, Gen.Int).SampleAsync(async (changes, seed) =>
        {
            var messages = Messages(changes);
            var latest = messages[^1];
            var random = new Random(seed);
            var swapped = new ConcurrentQueue<long>();
            var member = Member(fetch: (held, _) => Task.FromResult<IReadOnlyList<SettingsMessage>>([.. messages.Skip((int)held.Version + 1)]));
            member.Live.Changed += snapshot => swapped.Enqueue(snapshot.Version);
            foreach (var message in messages.Concat(messages).OrderBy(_ => random.Next()))
                if (random.Next(3) > 0) member.Follower.Hear(message);
            member.Follower.Hear(latest); // the beacon
            await member.UntilAsync(() => swapped.LastOrDefault() == latest.Version);
            Assert.Equal(Enumerable.Range(1, (int)latest.Version).Select(version => (long)version), swapped);
            Assert.Equal(SettingsSchema.Resolve(latest.Version, latest.Values, Subject).Snapshot, member.Live.Current);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task Versions_that_travel_together_dropped_repeated_and_shuffled_never_lead_back_and_the_last_one_holds()
    {
        await Gen.Select(Streams, Gen.Int).SampleAsync(async (changes, seed) =>
        {
            var messages = Messages(changes);
            var latest = messages[^1];
            var random = new Random(seed);
            var swapped = new ConcurrentQueue<Contracts.Settings.Settings>();
            var member = Member(fetch: (held, _) => Task.FromResult<IReadOnlyList<SettingsMessage>>([.. messages.Skip((int)held.Version + 1)]));
            member.Live.Changed += swapped.Enqueue;
            foreach (var message in Joined(messages, random).Concat(messages).OrderBy(_ => random.Next()))
                if (random.Next(3) > 0) member.Follower.Hear(message);
            member.Follower.Hear(latest); // the beacon
            await member.UntilAsync(() => swapped.LastOrDefault()?.Version == latest.Version);
            Assert.Equal(swapped.Select(snapshot => snapshot.Version).Distinct().Order(), swapped.Select(snapshot => snapshot.Version));
            Assert.All(swapped, snapshot => Assert.Equal(SettingsSchema.Resolve(snapshot.Version, messages[(int)snapshot.Version].Values, Subject).Snapshot, snapshot));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task With_answers_that_fail_come_late_or_lag_behind_nothing_leads_back_and_the_last_one_holds()
    {
        await Gen.Select(Streams, Gen.Int).SampleAsync(async (changes, seed) =>
        {
            var messages = Messages(changes);
            var latest = messages[^1];
            var asked = 0;
            var random = new Random(seed);
            var swapped = new ConcurrentQueue<Contracts.Settings.Settings>();
            var member = Member(fetch: async (held, cancel) =>
            {
                var luck = new Random(seed + Interlocked.Increment(ref asked));
                var stored = luck.Next((int)held.Version, messages.Count); // what the one who answers knows, as of when it was asked
                await Task.Delay(luck.Next(4), cancel);
                return luck.Next(3) == 0 ? throw new HttpRequestException("away") : [.. messages.Take(stored + 1).Skip((int)held.Version + 1)];
            });
            member.Live.Changed += swapped.Enqueue;
            foreach (var message in Joined(messages, random).Concat(messages).OrderBy(_ => random.Next()))
            {
                if (random.Next(3) > 0) member.Follower.Hear(message);
                if (random.Next(4) == 0) await Task.Delay(1);
            }
            await member.UntilAsync(() =>
            {
                member.Follower.Hear(latest); // the beacon
                return swapped.LastOrDefault()?.Version == latest.Version;
            });
            Assert.Equal(swapped.Select(snapshot => snapshot.Version).Distinct().Order(), swapped.Select(snapshot => snapshot.Version));
            Assert.All(swapped, snapshot => Assert.Equal(SettingsSchema.Resolve(snapshot.Version, messages[(int)snapshot.Version].Values, Subject).Snapshot, snapshot));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task A_storm_of_changes_is_coalesced_for_the_governors_and_the_last_value_wins()
    {
        var calls = 0;
        var hold = new TaskCompletionSource();
        var member = Member(fetch: null, governor: async (snapshot, cancel) =>
        {
            Interlocked.Increment(ref calls);
            await hold.Task.WaitAsync(cancel);
            return new Dictionary<string, SettingValue> { ["lane.batchCap"] = SettingValue.Of(snapshot.Lane.BatchCap) };
        });
        foreach (var message in Messages([.. Enumerable.Range(1, 500).Select(n => Change(("lane.batchCap", n)))])) member.Follower.Hear(message);
        await member.UntilAsync(() => member.Live.Current.Version == 500);
        hold.SetResult();
        Assert.Equal(SettingValue.Of(500), (await member.ReceiptOf(500)).Effective["lane.batchCap"]);
        Assert.InRange(calls, 1, 2);
    }

    private static Task<IReadOnlyDictionary<string, SettingValue>> Effective(string key, int value) =>
        Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(new Dictionary<string, SettingValue> { [key] = SettingValue.Of(value) });

    private static CrashGuard Guard(string folder, IMeterFactory meters) => new(
        SettingsState.Initial, Subject, new SettingsJournalFile(SettingsJournalFile.PathOf(folder, Subject), new RecordingLogger()),
        TimeSpan.FromSeconds(60), TimeProvider.System, meters, new RecordingLogger());

    [Fact]
    public async Task A_change_is_in_force_although_hundreds_wait_in_the_thread_pool()
    {
        using var thread = new SettingsThread();
        long inForce = 0;
        var member = new TestMember(Path.Combine(_folder, "busy"), fetch: null, governor: (snapshot, _) =>
        {
            Volatile.Write(ref inForce, snapshot.Version);
            return Effective("lane.batchCap", snapshot.Lane.BatchCap);
        }, _metrics.GetRequiredService<IMeterFactory>());
        _running.Add(thread.RunAsync(() => member.Follower.RunAsync(_stop.Token)));
        _running.Add(thread.RunAsync(() => member.Applier.ApplyAsync(_stop.Token)));
        _running.Add(member.Applier.TellAsync(_stop.Token));
        await member.ReceiptOf(0);
        var free = new TaskCompletionSource();
        for (var i = 0; i < 1_000; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => free.Task.Wait(), null);
        try
        {
            member.Follower.Hear(Messages([Change(("lane.batchCap", 64))])[1]);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref inForce) == 1, TimeSpan.FromSeconds(10)), "The change waits for the thread pool.");
        }
        finally
        {
            free.SetResult();
        }
    }

    private TestMember Member(FetchChanges? fetch, SettingsGovernor? governor = null, string? folder = null)
    {
        var member = new TestMember(folder ?? Path.Combine(_folder, Guid.NewGuid().ToString("n")), fetch, governor, _metrics.GetRequiredService<IMeterFactory>());
        _running.Add(member.Follower.RunAsync(_stop.Token));
        _running.Add(member.Applier.ApplyAsync(_stop.Token));
        _running.Add(member.Applier.TellAsync(_stop.Token));
        return member;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ContinueWith(_ => { }, TaskScheduler.Default);
        _metrics.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static readonly SettingsSubject Subject = new("processors", "p-1");

    private sealed class TestMember
    {
        private readonly RecordingLogger<SettingsFollower> _log = new();
        private int _fetches, _refused;

        public TestMember(string folder, FetchChanges? fetch, SettingsGovernor? governor, IMeterFactory meters)
        {
            File = new SettingsFile(SettingsFile.PathOf(folder, Subject), Subject, new RecordingLogger());
            Status = new SettingsStatus(Live, knownAt: null, TimeProvider.System, meters);
            var start = new SettingsStart(SettingsState.Initial, Subject);
            var guard = Guard(folder, meters);
            Applier = new SettingsApplier(start, Live, File, guard, governor is null ? [] : [governor], SendAsync, Status, TimeProvider.System, new RecordingLogger<SettingsApplier>());
            FetchChanges? counted = fetch is null ? null : (held, cancel) =>
            {
                Interlocked.Increment(ref _fetches);
                return fetch(held, cancel);
            };
            Follower = new SettingsFollower(start, Live, guard, Status, Applier, counted, TimeProvider.System, _log);
        }

        public LiveSettings Live { get; } = new(SettingsSchema.Defaults);
        public SettingsFile File { get; }
        public SettingsStatus Status { get; }
        public SettingsApplier Applier { get; }
        public SettingsFollower Follower { get; }
        public ConcurrentQueue<SettingsReceipt> Receipts { get; } = new();
        public int Fetches => _fetches;
        public int Refused => _refused;
        public volatile bool Away;

        public int CouldNotFetch
        {
            get { lock (_log.Warnings) return _log.Warnings.Count(warning => warning.Contains("could not be fetched")); }
        }

        public bool Warned(string of)
        {
            lock (_log.Warnings) return _log.Warnings.Any(warning => warning.Contains(of));
        }

        public async Task<SettingsReceipt> ReceiptOf(long version)
        {
            await UntilAsync(() => Receipts.Any(receipt => receipt.Version == version));
            return Receipts.Last(receipt => receipt.Version == version);
        }

        public async Task UntilAsync(Func<bool> condition)
        {
            for (var i = 0; i < 2000; i++)
            {
                if (condition()) return;
                await Task.Delay(5);
            }
            Assert.Fail("Not reached within 10 s.");
        }

        private Task SendAsync(SettingsReceipt receipt, CancellationToken cancel)
        {
            if (Away)
            {
                Interlocked.Increment(ref _refused);
                throw new IOException("the bus is away");
            }
            Receipts.Enqueue(receipt);
            return Task.CompletedTask;
        }
    }
}
