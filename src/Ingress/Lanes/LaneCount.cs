using Npgsql;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>
/// The lane count decides which queue a hunt's order lives in: an ingress that was told another one must not start. A
/// store that does not answer says nothing; the ingress starts without it.
/// </summary>
public sealed class LaneCount(NpgsqlDataSource data, HuntOptions options, ILogger<LaneCount> log) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <exception cref="InvalidOperationException">the database was provisioned with another lane count</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        int? provisioned;
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(Patience);
            await using var command = data.CreateCommand("select lanes from hunts.fleet");
            provisioned = (int?)await command.ExecuteScalarAsync(timeout.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            log.LogWarning("The lane count could not be compared with the database's: {Error}", e.Message);
            return;
        }
        if (provisioned is { } lanes && lanes != options.Lanes)
            throw new InvalidOperationException(
                $"The database was provisioned with {lanes} lanes, this process was told {options.Lanes}. Set Hunt__Lanes={lanes}.");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
