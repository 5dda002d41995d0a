namespace TreasureHunt.ConfigService.Settings;

/// <summary>For those who watch: waits until there is something new in the log. Thread-safe.</summary>
public sealed class SettingsNews
{
    /// <summary>What another ConfigService stores is looked for this often.</summary>
    private static readonly TimeSpan OthersLook = TimeSpan.FromSeconds(1);

    private readonly SettingsLog _log;
    private readonly TimeProvider _time;
    private TaskCompletionSource _next = Next(); // completes with the next commit of this process

    public SettingsNews(SettingsLog log, TimeProvider time)
    {
        (_log, _time) = (log, time);
        log.Committed += (_, _) => Interlocked.Exchange(ref _next, Next()).SetResult();
    }

    /// <summary>Completes when there is a version after this one, whoever stored it, or when it was waited for so long.</summary>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    public async Task AfterAsync(long version, TimeSpan wait, CancellationToken cancel)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            var next = Volatile.Read(ref _next).Task; // before the look: what is stored meanwhile completes it
            if ((await _log.ReadAsync(cancel)).State.Version > version) return;
            var left = wait - _time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return;
            await next.WaitAsync(left < OthersLook ? left : OthersLook, _time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource Next() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
