using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Better no process than one that works by what was: hosted as the real ones are, nobody at the broker's address.</summary>
public sealed class AProcessThatCannotGoOn
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Ends_when_it_cannot_follow_the_settings_any_more_and_its_exit_code_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("hunt-end-").FullName;
        var builder = WebApplication.CreateBuilder(
        [
            "--urls=http://127.0.0.1:0", "--Hunt:Instance=processor-1", $"--Hunt:DataDir={folder}", "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1",
            "--ConnectionStrings:RabbitMq=amqp://nobody:nothing@127.0.0.1:1/", $"--Hunt:SealKey={Convert.ToBase64String(new byte[32])}", "--Hunt:SealKeyId=k1",
            $"--Hunt:TokenKey={Convert.ToBase64String(new byte[32])}",
        ]);
        builder.AddServiceDefaults("processors");
        builder.AddLiveSettings("processors");
        // A path that is none: keeping what came into force throws what nobody expects of a disk.
        builder.Services.AddSingleton(new SettingsFile("", new SettingsSubject("processors", "processor-1"), NullLogger.Instance));
        await using var app = builder.Build();
        var before = Environment.ExitCode;
        try
        {
            var following = Assert.Single(app.Services.GetServices<IHostedService>().OfType<SettingsSubscription>());
            await app.RunAsync().WaitAsync(Limit);
            Assert.IsType<ArgumentException>(following.ExecuteTask!.Exception!.InnerException);
            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = before;
            Directory.Delete(folder, recursive: true);
        }
    }
}
