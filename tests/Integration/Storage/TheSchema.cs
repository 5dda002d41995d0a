using Npgsql;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Tests.Integration.Storage;

/// <summary>The one migrate step, and what a box learns from a store that is there already.</summary>
public sealed class TheSchema(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task Who_migrates_while_the_tables_are_made_anew_is_told_so_after_a_while_and_changes_nothing()
    {
        var options = servers.Options("migrate", lanes: 3);
        await using (var rebuild = new NpgsqlConnection(options.Postgres))
        {
            await rebuild.OpenAsync();
            await using var hold = new NpgsqlCommand($"select pg_advisory_lock({HuntStore.TablesLock})", rebuild);
            await hold.ExecuteNonQueryAsync();
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => HuntStore.MigrateAsync(options, default, patience: TimeSpan.FromSeconds(0.5)));
            Assert.StartsWith("The tables have been somebody else's for 0.5 s (hunt views rebuild, or another hunt migrate).", refused.Message, StringComparison.Ordinal);
            Assert.Null(await HuntStore.LaneCountAsync(options, default));
            await using var free = new NpgsqlCommand($"select pg_advisory_unlock({HuntStore.TablesLock})", rebuild);
            await free.ExecuteNonQueryAsync();
        }
        await HuntStore.MigrateAsync(options, default, patience: TimeSpan.FromSeconds(30));

        var other = await Assert.ThrowsAsync<InvalidOperationException>(() => HuntStore.MigrateAsync(options with { Lanes = 4 }, default));
        Assert.Contains("provisioned with 3 lanes", other.Message, StringComparison.Ordinal);
        Assert.Equal(3, await HuntStore.LaneCountAsync(options, default)); // what a box of another count goes by
    }
}
