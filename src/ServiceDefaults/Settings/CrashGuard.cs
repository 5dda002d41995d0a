using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>A version that this instance does not bring into force, because runs died of its values.</summary>
/// <param name="WorksBy">what lived through its probation</param>
/// <param name="Why">as the receipt says it</param>
public sealed record Quarantine(long Version, SettingsState WorksBy, string Why);

/// <summary>
/// Keeps a bad setting from ending this process for ever. Values that are new to the instance are on trial until a run has
/// lived through the probation with them. A run that ends on trial without a word has died of them; when two have, the next
/// one starts on the values that last lived through theirs, and the others are quarantined: versions go on being folded in
/// order, but one whose values for this instance are the quarantined ones is refused, with a receipt. Any other values are
/// tried, and once these hold the quarantine is over.
/// <para>
/// Nothing tells a crash by settings from a kill -9, for what runs out of memory is killed. Therefore a death counts only
/// against values that no run has ever lived with, never against the defaults, and an orderly stop never counts. There is no
/// wall clock in the rule: that the probation is over is written down when it is, so its absence is the sign.
/// </para>
/// May be called from any thread.
/// </summary>
public sealed class CrashGuard : IDisposable
{
    private readonly SettingsSubject _subject;
    private readonly SettingsJournalFile _file;
    private readonly TimeSpan _probation;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new(), _writing = new(); // _writing first, where both are taken
    private SettingsJournal? _written; // as the whole file has it; under _writing

    // Under _lock.
    private SettingsJournal _journal;
    private SettingsState _admitted;
    private long _since; // when what is on trial came into force
    private bool _waits, _ended;

    /// <param name="lastKnownGood">see <see cref="SettingsFile"/></param>
    public CrashGuard(
        SettingsState lastKnownGood, SettingsSubject subject, SettingsJournalFile file, TimeSpan probation, TimeProvider time, IMeterFactory meters, ILogger logger)
    {
        (_subject, _file, _probation, _time, _logger) = (subject, file, probation, time, logger);
        _timer = time.CreateTimer(_ => Prove(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var (journal, broken) = file.Read();
        // Without a journal the file is from before there was one; after a broken one only the defaults are beyond suspicion.
        var before = journal ?? SettingsJournal.Begin(broken ? SettingsState.Initial : lastKnownGood, subject);
        _journal = before.Started();
        if (before.OnTrial is { } died && _journal.Suspects.FirstOrDefault(suspect => suspect.Values == died) is { } suspect)
            logger.LogWarning("The last run ended without a word within {Probation} of settings version {Version} ({Deaths} of {Most} times)", probation, suspect.Version, suspect.Deaths, SettingsJournal.MaxDeaths);
        (Start, var values) = (lastKnownGood, SettingsJournal.HashOf(lastKnownGood, subject));
        if (_journal.Quarantined(values) is not null)
        {
            Start = Proven;
            values = SettingsJournal.HashOf(Start, subject);
        }
        (_admitted, _journal) = (Start, _journal.Entered(Start, values));
        if (_journal.OnTrial is not null) Try();
        if (_journal.Step == 0) _journal = _journal with { Step = 1 }; // what is noted from now on is newer
        if ((_journal == before && journal is not null) || file.Write(_journal)) _written = _journal;
        if (_journal.Suspects.Where(each => each.Version > Start.Version && _journal.Quarantined(each.Values) is not null).MaxBy(each => each.Version) is { } last)
        {
            Quarantine = Of(last);
            logger.LogError("Settings start at version {Version}: {Why}", Start.Version, Quarantine.Why);
        }
        meters.Create("TreasureHunt").CreateObservableGauge(
            "hunt.settings.quarantined", () => Quarantine is null ? 0 : 1, "{version}", "1 while the process works by older settings because newer ones crashed it");
    }

    /// <summary>What the process begins with: the last known good settings, or those before them when these have crashed it.</summary>
    public SettingsState Start { get; }

    /// <summary>What is refused because runs died of it; null: nothing.</summary>
    public Quarantine? Quarantine { get; private set; }

    /// <summary>To be asked before a state comes into force.</summary>
    /// <returns>null: it may; else what the process must work by instead</returns>
    public Quarantine? Admit(SettingsState state)
    {
        var values = SettingsJournal.HashOf(state, _subject);
        lock (_lock)
        {
            var suspect = _journal.Quarantined(values);
            Quarantine = suspect is null ? null : Of(suspect);
            if (_ended) return Quarantine;
            if (Quarantine is not null) (state, values) = (Quarantine.WorksBy, SettingsJournal.HashOf(Quarantine.WorksBy, _subject));
            var before = _journal;
            (_admitted, _journal) = (state, before.Entered(state, values));
            if (_journal == before) return Quarantine;
            if (_journal.OnTrial is null) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            else Try();
            _file.Note(_journal);
            return Quarantine;
        }
    }

    /// <summary>Writes down what an admitted state was only noted with. To be called now and then, where nobody waits.</summary>
    public void Keep() => Write(journal => journal.Proven != _written?.Proven);

    /// <summary>The process starts, which may take long where a server is away: until <see cref="Started"/> it does not work by its values, and they prove nothing.</summary>
    public void Starting()
    {
        lock (_lock) _waits = true;
    }

    /// <summary>The probation begins.</summary>
    public void Started()
    {
        lock (_lock)
        {
            _waits = false;
            if (!_ended && _journal.OnTrial is not null) Try();
        }
    }

    /// <summary>The process was asked to stop; what comes now is no crash.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_journal.OnTrial is not null)
            {
                _journal = _journal.Ended();
                _file.Note(_journal);
            }
        }
        Write(IsNews);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _file.Dispose();
    }

    private SettingsState Proven =>
        SettingsSchema.Resolve(_journal.Proven.Version, _journal.Proven.Values, _subject).Snapshot is null ? SettingsState.Initial : _journal.Proven; // of another release

    private Quarantine Of(Suspect suspect) => new(suspect.Version, Proven,
        $"quarantined: crashed {(suspect.Deaths == 2 ? "twice" : $"{suspect.Deaths} times")} within {_probation.TotalSeconds:0} s of version {suspect.Version}; works by version {Proven.Version}. Other values are tried.");

    private void Try()
    {
        _since = _time.GetTimestamp();
        _timer.Change(_probation, Timeout.InfiniteTimeSpan);
    }

    private void Prove()
    {
        lock (_lock)
        {
            if (_ended || _waits || _journal.OnTrial is not { } values || _time.GetElapsedTime(_since) < _probation) return;
            _journal = _journal.Proved(_admitted, values);
            _file.Note(_journal); // a death from now on is not counted, however long the disk takes
            _logger.LogInformation("Settings version {Version} has lived through its probation of {Probation}", _admitted.Version, _probation);
        }
        Write(IsNews);
    }

    private bool IsNews(SettingsJournal journal) => journal.Step != _written?.Step;

    /// <param name="isNeeded">asked while nobody else writes</param>
    private void Write(Func<SettingsJournal, bool> isNeeded)
    {
        lock (_writing)
        {
            SettingsJournal journal;
            lock (_lock) journal = _journal;
            if (isNeeded(journal)) _written = _file.Write(journal) ? journal : null;
        }
    }
}

/// <summary>Tells the guard of the start and of an orderly stop. One that a failed service brings about is none, and the exit code says so to whoever starts processes again.</summary>
public sealed class CrashGuardRun(CrashGuard guard, IServiceProvider services) : IHostedLifecycleService
{
    private IReadOnlyList<BackgroundService> _services = [];

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        guard.Starting();
        _services = [.. services.GetServices<IHostedService>().OfType<BackgroundService>()];
        // Not the host's own steps of stopping: there are none for a process that is asked to stop while it starts.
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(Stopping);
        return Task.CompletedTask;
    }

    private void Stopping()
    {
        if (_services.Any(service => service.ExecuteTask is { IsFaulted: true })) Environment.ExitCode = 1;
        else guard.End();
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        guard.Started();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
