using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Unit.Servers;

/// <summary>Processes we start and end. They are real: a sleep, a shell.</summary>
public sealed class OwnedProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-process-").FullName;

    private string Log => Path.Combine(_folder, "log");

    [Fact]
    public async Task A_process_that_hears_the_request_to_end_ends()
    {
        var process = Detached.Start("sleeper", "/bin/sleep", ["600"], Log, _folder);
        Assert.True(process.IsAlive);
        await process.StopAsync(TimeSpan.FromSeconds(20));
        Assert.False(process.IsAlive);
    }

    [Fact]
    public async Task A_process_that_does_not_listen_is_killed_with_its_children()
    {
        var process = Detached.Start("deaf", "/bin/sh", ["-c", "trap '' TERM; sleep 600 & echo $!; wait; wait"], Log, _folder);
        var child = await ChildAsync();
        await process.StopAsync(TimeSpan.FromMilliseconds(200));
        Assert.False(process.IsAlive);
        for (var tries = 0; OwnedProcess.Exists(child) && tries < 200; tries++) await Task.Delay(20);
        Assert.False(OwnedProcess.Exists(child));
    }

    [Fact]
    public async Task A_frozen_process_can_still_be_stopped()
    {
        var process = Detached.Start("frozen", "/bin/sleep", ["600"], Log, _folder);
        process.Pause();
        await process.StopAsync(TimeSpan.FromSeconds(20));
        Assert.False(process.IsAlive);
    }

    [Fact]
    public async Task A_pid_that_was_given_to_somebody_else_is_not_ours()
    {
        var process = Detached.Start("other", "/bin/sleep", ["600"], Log, _folder);
        var stale = process with { Started = process.Started - 1 };
        await stale.StopAsync(TimeSpan.FromSeconds(1));
        Assert.True(process.IsAlive);
        await process.KillAsync();
    }

    private async Task<int> ChildAsync()
    {
        for (var tries = 0; tries < 500; tries++)
        {
            if (File.Exists(Log) && int.TryParse(await File.ReadAllTextAsync(Log), out var pid)) return pid;
            await Task.Delay(20);
        }
        throw new InvalidOperationException("The shell did not say its child's pid.");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
