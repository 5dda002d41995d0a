using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>Sends a receipt to ConfigService; throws when it could not.</summary>
public delegate Task SendReceipt(SettingsReceipt receipt, CancellationToken cancel);

/// <summary>
/// Lets the governors act on the latest snapshot, keeps it as the last known good one and answers with a receipt. When versions come faster than governors act,
/// only the latest is brought into force. What is not a task of its own may be called from any thread; governors run on
/// <see cref="ApplyAsync"/>, the file and the receipts on <see cref="TellAsync"/>.
/// </summary>
public sealed class SettingsApplier
{
    /// <summary>A governor that takes longer has failed.</summary>
    public static readonly TimeSpan GovernorLimit = TimeSpan.FromSeconds(30);

    /// <summary>After the limit, to say what it waits for.</summary>
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Being in force comes first: what is kept and told of it waits for up to this long, so that neither
    /// the other processes of a machine nor ConfigService have all of it at once.
    /// </summary>
    public static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(50);

    /// <summary>With nothing new to say an instance repeats its receipt this often.</summary>
    public static readonly TimeSpan RepeatEvery = TimeSpan.FromSeconds(12);

    /// <summary>Receipts kept while ConfigService's queue cannot be reached; the oldest go first.</summary>
    public const int MaxUnsent = 100;

    private static readonly long MemoryMiB = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;

    private readonly SettingsSubject _subject;
    private readonly IReadOnlyList<SettingsGovernor> _governors;
    private readonly SettingsFile _file;
    private readonly CrashGuard _guard;
    private readonly SendReceipt _send;
    private readonly SettingsStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger<SettingsApplier> _logger;
    private readonly Wake _wake = new(), _toTell = new();
    private readonly Lock _lock = new();

    // Under _lock.
    private List<Item> _next = []; // in the order they came: the latest snapshot to bring into force, and the versions refused before and after it
    private readonly Queue<SettingsReceipt> _unsent = [];
    private SettingsState? _toKeep;
    // Only on the applying task.
    private Work _applied;
    private IReadOnlyDictionary<string, SettingValue> _effective = new Dictionary<string, SettingValue>();
    private bool _failed;
    private Refusal? _refusal; // the newest, until something later is brought into force
    // Only on the telling task.
    private SettingsReceipt? _last;
    private long _lastSent;

    private abstract record Item(long Arrived);

    private sealed record Work(SettingsState State, Contracts.Settings.Settings Snapshot, long Arrived) : Item(Arrived);

    private sealed record Refusal(long Version, string Why, long Arrived) : Item(Arrived);

    public SettingsApplier(
        SettingsStart start, LiveSettings live, SettingsFile file, CrashGuard guard, IEnumerable<SettingsGovernor> governors, SendReceipt send,
        SettingsStatus status, TimeProvider time, ILogger<SettingsApplier> logger)
    {
        (_subject, _file, _guard, _governors, _send, _status, _time, _logger) = (start.Subject, file, guard, [.. governors], send, status, time, logger);
        _applied = new Work(start.State, live.Current, time.GetTimestamp());
        _next.Add(_applied); // what the process began with is brought into force and answered too
        _wake.Up();
    }

    public void Apply(SettingsState state, Contracts.Settings.Settings snapshot, long arrived)
    {
        lock (_lock)
        {
            _next.RemoveAll(item => item is Work); // overtaken
            _next.Add(new Work(state, snapshot, arrived));
        }
        _wake.Up();
    }

    public void Refuse(long version, string why, long arrived)
    {
        lock (_lock) _next.Add(new Refusal(version, why, arrived));
        _wake.Up();
    }

    /// <summary>The bus works: what failed, or was not answered, is tried again.</summary>
    public void Remind() => _wake.Up();

    public async Task ApplyAsync(CancellationToken cancel)
    {
        while (true)
        {
            await _wake.WaitAsync(cancel);
            List<Item> items;
            lock (_lock) (items, _next) = (_next, []);
            if (_failed && !items.Exists(item => item is Work)) await AgainAsync(cancel);
            foreach (var item in items)
            {
                _refusal = item as Refusal;
                Answer(item is Work work ? await BringIntoForceAsync(work, cancel) : Refused((Refusal)item));
            }
            _toTell.Up();
        }
    }

    /// <summary>What failed. A newer version that is refused stays refused, and that stays the last word.</summary>
    private async Task AgainAsync(CancellationToken cancel)
    {
        Answer(await BringIntoForceAsync(_applied with { Arrived = _time.GetTimestamp() }, cancel));
        if (_refusal is { } refusal) Answer(Refused(refusal));
    }

    public async Task TellAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await _toTell.WaitAsync(cancel);
                await Task.Delay(Spread * Random.Shared.NextDouble(), _time, cancel);
                while (NextToTell() is { } receipt)
                {
                    Keep(); // before it is told: what was answered is what the next start begins with
                    if (!await SentAsync(receipt, cancel)) break;
                    Told(receipt);
                }
            }
        }
        finally
        {
            Keep();
        }
    }

    private void Answer(SettingsReceipt receipt)
    {
        lock (_lock)
        {
            if (_unsent.Count == MaxUnsent) _unsent.Dequeue();
            _unsent.Enqueue(receipt);
        }
    }

    private SettingsReceipt? NextToTell()
    {
        lock (_lock)
        {
            if (_unsent.Count == 0 && _last is { } last && _time.GetElapsedTime(_lastSent) > RepeatEvery) _unsent.Enqueue(last with { Seen = _time.GetUtcNow() });
            return _unsent.TryPeek(out var next) ? next : null;
        }
    }

    private void Told(SettingsReceipt receipt)
    {
        (_last, _lastSent) = (receipt, _time.GetTimestamp());
        lock (_lock)
            if (_unsent.TryPeek(out var first) && ReferenceEquals(first, receipt)) _unsent.Dequeue(); // it may have been pushed out meanwhile
    }

    private async Task<SettingsReceipt> BringIntoForceAsync(Work work, CancellationToken cancel)
    {
        (_effective, var problem) = await GovernAsync(work, cancel);
        _applied = work;
        _failed = problem is not null;
        _status.Problem = problem ?? _refusal?.Why;
        var receipt = Receipt(work.State.Version, problem, work.Arrived);
        if (problem is null) lock (_lock) _toKeep = work.State;
        if (problem is null) _logger.LogInformation("Settings version {Version} in force after {Elapsed} ms", receipt.Version, receipt.ElapsedMs);
        return receipt;
    }

    /// <summary>Here and not where versions are folded: a storm of changes must not wait for the disk.</summary>
    private void Keep()
    {
        _guard.Keep();
        SettingsState? state;
        lock (_lock) (state, _toKeep) = (_toKeep, null);
        try
        {
            if (state is not null) _file.Write(state);
            _file.Confirm(_status.KnownAt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning("The last known good settings could not be written to {Path}: {Why}", _file.Path, e.Message);
        }
    }

    private SettingsReceipt Refused(Refusal refusal)
    {
        _status.Problem = refusal.Why;
        return Receipt(refusal.Version, refusal.Why, refusal.Arrived);
    }

    private SettingsReceipt Receipt(long version, string? reason, long arrived) => new(
        _subject.Instance, _subject.Service, version, InForce: _applied.State.Version, reason is null ? ReceiptStatus.Applied : ReceiptStatus.Refused,
        _effective, _time.GetUtcNow(), Math.Round(_time.GetElapsedTime(arrived).TotalMilliseconds, 3), reason, _subject.Group, MemoryMiB: MemoryMiB);

    private async Task<(IReadOnlyDictionary<string, SettingValue> Effective, string? Reason)> GovernAsync(
        Work work, CancellationToken cancel)
    {
        var effective = SettingsSchema.Effective(work.State.Values, _subject);
        var reasons = new List<string>();
        foreach (var governor in _governors)
        {
            try
            {
                using var limit = new CancellationTokenSource(GovernorLimit, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
                foreach (var (key, value) in await governor(work.Snapshot, either.Token).WaitAsync(GovernorLimit + LastWord, _time, cancel)) effective[key] = value;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                _logger.LogWarning(e, "Settings version {Version} could not be brought into force everywhere; tried again at the next beacon", work.State.Version);
                reasons.Add(e.Message);
            }
        }
        return (effective, reasons.Count == 0 ? null : string.Join(" ", reasons));
    }

    private async Task<bool> SentAsync(SettingsReceipt receipt, CancellationToken cancel)
    {
        try
        {
            await _send(receipt, cancel);
            return true;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            _logger.LogDebug("The receipt for settings version {Version} could not be sent yet: {Why}", receipt.Version, e.Message);
            return false;
        }
    }
}
