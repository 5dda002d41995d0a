using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Unit.Boxes;

/// <summary>The state file of a box.</summary>
[Collection(nameof(StateRoot))] // the folder of all boxes is one per process
public sealed class BoxTests : IDisposable
{
    private readonly StateRoot _root = new();

    [Fact]
    public void A_box_is_read_as_it_was_saved()
    {
        var box = Box.Create("one", lanes: 4);
        box.Servers = new ProvisionedServers { Way = "private", Postgres = "Host=x", RabbitMq = new Uri("amqp://u:p@127.0.0.1:1/v"), TestVhosts = ["t0"] };
        box.ServerProcesses.Add(new OwnedProcess("postgres", 12, 34));
        box.Services.Add(new BoxService("processor-1", new Uri("http://127.0.0.1:5"), new OwnedProcess("processor-1", 56, 78)));
        box.Save();

        var read = Box.Load("one");

        Assert.Equal((box.Id, 4, box.SealKey, box.TokenKey), (read.Id, read.Lanes, read.SealKey, read.TokenKey));
        Assert.Equal(box.Servers.RabbitMq, read.Servers!.RabbitMq);
        Assert.Equal(box.ServerProcesses, read.ServerProcesses);
        Assert.Equal(box.Services, read.Services);
    }

    [Fact]
    public void Only_the_owner_may_read_the_keys()
    {
        var box = Box.Create("keys");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(box.Folder, "box.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(box.Folder));
    }

    [Fact]
    public void Every_box_has_keys_of_its_own()
    {
        Box a = Box.Create("a"), b = Box.Create("b");
        Assert.Equal(6, new[] { a.SealKey, b.SealKey, a.TokenKey, b.TokenKey, a.ServerPassword, b.ServerPassword }.Distinct().Count());
        Assert.NotEqual(a.Id, b.Id);
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("")]
    [InlineData("With Space")]
    public void A_name_that_could_leave_the_folder_is_refused(string name) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandFailed>(() => Box.TryLoad(name)).Code);

    [Fact]
    public void A_broken_state_file_is_named_in_the_message()
    {
        var box = Box.Create("broken");
        File.WriteAllText(Path.Combine(box.Folder, "box.json"), "{");
        Assert.Contains("broken/box.json", Assert.Throws<CommandFailed>(() => Box.Load("broken")).Message);
    }

    [Fact]
    public void A_missing_box_says_how_to_start_it()
    {
        var missing = Assert.Throws<CommandFailed>(() => Box.Load("nowhere"));
        Assert.Equal(ExitCode.NotProvisioned, missing.Code);
        Assert.Contains("./hunt up --name nowhere", missing.Message);
    }

    [Fact]
    public async Task Two_commands_do_not_change_a_box_at_once()
    {
        var first = await Box.LockAsync("one", default);
        var second = Box.LockAsync("one", default);
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Stopping_a_crashed_box_forgets_its_dead_processes_and_keeps_its_keys()
    {
        var box = Box.Create("crashed");
        box.ServerProcesses.Add(new OwnedProcess("postgres", int.MaxValue, 1));
        box.Services.Add(new BoxService("processor-1", new Uri("http://127.0.0.1:5"), new OwnedProcess("processor-1", int.MaxValue - 1, 1)));
        await BoxLife.StopAsync(box, deleteData: false);

        var read = Box.Load("crashed");
        Assert.Empty(read.ServerProcesses);
        Assert.Empty(read.Services);
        Assert.Equal(box.SealKey, read.SealKey);
    }

    public void Dispose() => _root.Dispose();
}

/// <summary>A folder of boxes for one test.</summary>
public sealed class StateRoot : IDisposable
{
    private readonly string _before = Box.StateRoot;

    public StateRoot() => Box.StateRoot = Directory.CreateTempSubdirectory("hunt-boxes-").FullName;

    public void Dispose()
    {
        Directory.Delete(Box.StateRoot, recursive: true);
        Box.StateRoot = _before;
    }
}
