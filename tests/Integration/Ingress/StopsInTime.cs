using Microsoft.AspNetCore.Builder;

namespace TreasureHunt.Tests.Integration.Ingress;

internal static class StopsInTime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>As a service ends; one that hangs fails its test, not the whole run.</summary>
    /// <exception cref="TimeoutException">it did not stop, or was not disposed of, within a minute</exception>
    public static async Task StopInTimeAsync(this WebApplication app)
    {
        await app.StopAsync().WaitAsync(Limit);
        await app.DisposeAsync().AsTask().WaitAsync(Limit);
    }
}
