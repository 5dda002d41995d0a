using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// The versions after the one held, in order; nothing when held is the latest. When they are not at hand any more, or the
/// other side stands elsewhere (before it, or at the same version with other values), only its latest, to be taken whole.
/// </summary>
public delegate Task<IReadOnlyList<SettingsMessage>> FetchChanges(SettingsState held, CancellationToken cancel);

/// <summary>
/// Folds every version in order and swaps the snapshot: duplicates and old ones are harmless, a gap is fetched and until
/// then the last good snapshot stays. <see cref="Hear"/> and <see cref="Compare"/> may be called from any thread; folding
/// happens on the one task in <see cref="RunAsync"/>, fetching beside it.
/// </summary>
/// <param name="fetch">null: there is nobody to ask, so full values that arrive after a gap are taken whole</param>
public sealed class SettingsFollower(
    SettingsStart start, LiveSettings live, CrashGuard guard, SettingsStatus status, SettingsApplier applier,
    FetchChanges? fetch, TimeProvider time, ILogger<SettingsFollower> logger)
{
    /// <summary>Messages waiting to be folded; what overflows is a gap and is fetched.</summary>
    public const int MaxWaiting = 1024;

    /// <summary>A gap that could not be fetched so often in a row is passed over: the latest values, whole, are better than the last ones before it.</summary>
    public const int MostFailedFetches = 3;

    private static readonly TimeSpan BetweenRegressChecks = TimeSpan.FromSeconds(10);

    private readonly Channel<Heard> _heard =
        Channel.CreateBounded<Heard>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });
    private int _fetching; // 1 while a fetch is out
    private int _failedFetches; // in a row

    // Only on the running task.
    private SettingsState _state = start.State;
    private long _heardOf = start.State.Version;
    private long? _regressChecked;

    private sealed record Heard(long Arrived, SettingsMessage? Message = null, IReadOnlyList<SettingsMessage>? Fetched = null, SettingsState? Held = null);

    public void Hear(SettingsMessage message) => _heard.Writer.TryWrite(new Heard(time.GetTimestamp(), message));

    /// <summary>To be called when the bus is connected: what was said meanwhile was not heard.</summary>
    public void Compare() => _heard.Writer.TryWrite(new Heard(time.GetTimestamp()));

    public async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            var heard = await _heard.Reader.ReadAsync(cancel); // not ReadAllAsync, which goes through the thread pool
            try
            {
                if (heard.Message is { } message) Take(message, heard.Arrived, cancel);
                else if (heard is { Fetched: { } fetched, Held: { } held }) Take(fetched, held, heard.Arrived, cancel);
                else Fetch(cancel);
            }
            catch (Exception e)
            {
                logger.LogError(e, "Settings version {Version} was not taken; the last good one stays", heard.Message?.Version);
            }
        }
    }

    private void Take(SettingsMessage message, long arrived, CancellationToken cancel)
    {
        var (step, next) = _state.Follow(message);
        if (step == SettingsStep.Broken)
        {
            logger.LogWarning("A settings message of version {Version} does not agree with its own hash and is ignored", message.Version);
            return;
        }
        _heardOf = Math.Max(_heardOf, message.Version);
        switch (step)
        {
            case SettingsStep.Gap when fetch is null:
                Adopt(message, arrived, "versions between were missed and there is no ConfigService to ask");
                break;
            case SettingsStep.Gap when Volatile.Read(ref _failedFetches) >= MostFailedFetches:
                Interlocked.Exchange(ref _failedFetches, 0);
                Adopt(message, arrived, "versions between were missed and ConfigService does not answer");
                break;
            case SettingsStep.Gap:
                Fetch(cancel);
                break;
            case SettingsStep.Known when message.Version == _state.Version && message.Hash == _state.Values.Hash:
                applier.Remind();
                break;
            case SettingsStep.Known:
                CheckRegress(cancel);
                break;
            default:
                Swap(step, next, arrived);
                break;
        }
        if (_heardOf == message.Version && message.Version == _state.Version && message.Hash == _state.Values.Hash) status.Heard();
    }

    private void Take(IReadOnlyList<SettingsMessage> fetched, SettingsState held, long arrived, CancellationToken cancel)
    {
        foreach (var message in fetched)
        {
            var (step, next) = _state.Follow(message);
            if (step is SettingsStep.Folded or SettingsStep.Rebased) Swap(step, next, arrived);
            else if (step == SettingsStep.Gap) Adopt(message, arrived, "too many versions were missed to fold them one by one");
            else if (step == SettingsStep.Known && held == _state && message.Version <= held.Version)
                Adopt(message, arrived, "ConfigService itself stands elsewhere, its history was restored or begun anew");
        }
        if (_heardOf <= _state.Version) status.Heard();
        else if (fetched.Count > 0) Fetch(cancel); // said while the answer was on its way
    }

    private void Fetch(CancellationToken cancel)
    {
        if (fetch is null || Interlocked.Exchange(ref _fetching, 1) == 1) return;
        var held = _state;
        _ = Task.Run(async () =>
        {
            try
            {
                var fetched = await fetch(held, cancel);
                Interlocked.Exchange(ref _failedFetches, 0);
                Interlocked.Exchange(ref _fetching, 0);
                _heard.Writer.TryWrite(new Heard(time.GetTimestamp(), Fetched: fetched, Held: held));
            }
            catch (Exception e)
            {
                Interlocked.Increment(ref _failedFetches);
                Interlocked.Exchange(ref _fetching, 0);
                if (!cancel.IsCancellationRequested)
                    logger.LogWarning("Settings after version {Version} could not be fetched ({Why}); the last good ones stay, next try at the next beacon", held.Version, e.Message);
            }
        }, cancel);
    }

    /// <summary>
    /// Somebody says less, or something else, than this process knows. Late messages do so, and that is harmless; a restored
    /// history does so too. Only an answer asked for now can tell, for it was read after what we know was stored.
    /// </summary>
    private void CheckRegress(CancellationToken cancel)
    {
        if (_regressChecked is { } checkedAt && time.GetElapsedTime(checkedAt) < BetweenRegressChecks) return;
        _regressChecked = time.GetTimestamp();
        Fetch(cancel);
    }

    private void Adopt(SettingsMessage message, long arrived, string why)
    {
        if (!SettingsState.IsWhole(message)) return;
        logger.LogWarning("Settings go from version {From} to {To} without the steps between: {Why}", _state.Version, message.Version, why);
        _heardOf = message.Version;
        Swap(SettingsStep.Folded, new SettingsState(message.Version, message.Values), arrived);
    }

    /// <summary>All or nothing: a version with one bad value, or with values that crashed this process, is folded, so that the next can follow, but not brought into force.</summary>
    private void Swap(SettingsStep step, SettingsState next, long arrived)
    {
        if (step == SettingsStep.Rebased)
            logger.LogWarning("Settings version {Version}: folding gives other values than ConfigService has (another release?); its values are taken", next.Version);
        _state = next;
        var (snapshot, errors) = SettingsSchema.Resolve(next.Version, next.Values, start.Subject);
        if (snapshot is null) Refuse(next, string.Join(" ", errors.Select(error => error.Message)), arrived);
        else if (guard.Admit(next) is { } quarantine)
        {
            // What was tried on the way here is not proven either.
            if (live.Current.Version != quarantine.WorksBy.Version)
                BringIntoForce(quarantine.WorksBy, SettingsSchema.Resolve(quarantine.WorksBy.Version, quarantine.WorksBy.Values, start.Subject).Snapshot!, arrived);
            Refuse(next, quarantine.Why, arrived);
        }
        else BringIntoForce(next, snapshot, arrived);
    }

    private void Refuse(SettingsState next, string why, long arrived)
    {
        logger.LogWarning("Settings version {Version} is refused, version {InForce} stays: {Why}", next.Version, live.Current.Version, why);
        applier.Refuse(next.Version, why, arrived);
    }

    private void BringIntoForce(SettingsState next, Contracts.Settings.Settings snapshot, long arrived)
    {
        try
        {
            live.Replace(snapshot);
        }
        finally
        {
            applier.Apply(next, snapshot, arrived); // even when somebody who listens to LiveSettings.Changed failed
        }
    }
}
