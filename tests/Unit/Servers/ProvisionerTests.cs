using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Unit.Servers;

/// <summary>Which way to servers is taken.</summary>
public sealed class ProvisionerTests
{
    private static readonly ServerRequest Request = new("box", "id", "/nowhere", "/nowhere", "secret", 0, _ => { });

    [Fact]
    public void The_order_is_environment_docker_installed_programs_apt() =>
        Assert.Equal(
            [typeof(EnvironmentServers), typeof(DockerServers), typeof(PrivateServers), typeof(AptServers)],
            Provisioner.DefaultWays.Select(way => way.GetType()));

    [Fact]
    public async Task The_first_open_way_is_taken_and_no_later_one_is_tried()
    {
        FakeWay closed = new("closed", open: false), open = new("open", open: true), later = new("later", open: true);
        var servers = await new Provisioner([closed, open, later]).StartAsync(Request, default);
        Assert.Equal("open", servers.Way);
        Assert.Equal((1, 1, 0), (closed.Tries, open.Tries, later.Tries));
    }

    [Fact]
    public async Task When_no_way_is_open_the_message_names_the_three_ways_and_what_was_tried()
    {
        var failed = await Assert.ThrowsAsync<CommandFailed>(
            () => new Provisioner([new FakeWay("first", open: false), new FakeWay("second", open: false)]).StartAsync(Request, default));
        Assert.Equal(ExitCode.NotProvisioned, failed.Code);
        foreach (var word in new[] { "ConnectionStrings__Postgres", "Docker engine", "apt-get install postgresql rabbitmq-server", "first: first is closed", "second: second is closed" })
            Assert.Contains(word, failed.Message);
    }

    [Fact]
    public async Task Servers_the_caller_named_and_that_do_not_answer_end_the_search()
    {
        var refusing = new FakeWay("environment", open: false, fails: true);
        var later = new FakeWay("later", open: true);
        await Assert.ThrowsAsync<CommandFailed>(() => new Provisioner([refusing, later]).StartAsync(Request, default));
        Assert.Equal(0, later.Tries);
    }

    private sealed class FakeWay(string name, bool open, bool fails = false) : IServerWay
    {
        public string Name => name;
        public int Tries { get; private set; }

        public Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel)
        {
            Tries++;
            if (fails) throw new CommandFailed(ExitCode.NotProvisioned, "does not answer");
            return Task.FromResult(open
                ? WayAnswer.Have(new ProvisionedServers { Way = name, Postgres = "Host=x", RabbitMq = new Uri("amqp://x") })
                : WayAnswer.No(name + " is closed"));
        }
    }
}
