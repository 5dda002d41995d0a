using System.Threading.Channels;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// Wakes one task that waits for it; several wakes are one. The task goes on where it waited, for one on a <see cref="SettingsThread"/>, without a step through
/// the thread pool, such as SemaphoreSlim.WaitAsync with a token and ChannelReader.ReadAllAsync take. Thread-safe.
/// </summary>
internal sealed class Wake
{
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Up() => _woken.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _woken.Reader.ReadAsync(cancel);
}
