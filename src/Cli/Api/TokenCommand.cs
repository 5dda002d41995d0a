using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Api;

/// <summary>hunt token: a bearer token for trying things out, signed with the box's key.</summary>
public static class TokenCommand
{
    public static Command Create()
    {
        var name = BoxOptions.Name();
        var role = new Option<string[]>("--role") { Description = string.Join(", ", Role.All), DefaultValueFactory = _ => [Role.Player], AllowMultipleArgumentsPerToken = true };
        role.Validators.Add(result =>
        {
            foreach (var given in result.Tokens)
                if (!Role.All.Contains(given.Value)) result.AddError($"--role '{given.Value}' is not one of {string.Join(", ", Role.All)}.");
        });
        var subject = new Option<string>("--subject") { Description = "who it speaks for", DefaultValueFactory = _ => "me" };
        var hunt = new Option<string>("--hunt") { Description = "the one hunt it is good for; * for all", DefaultValueFactory = _ => Tokens.AnyHunt };
        var hours = new Option<int>("--hours") { Description = "how long it is good for, 1 to 8760", DefaultValueFactory = _ => 12 };
        hours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 8760) result.AddError("--hours is a whole number from 1 to 8760.");
        });
        return new HuntCommand("token", "Prints a bearer token signed with the box's key (or with Hunt__TokenKey from the environment).",
            "./hunt token --role organiser --subject olga",
            (parsed, _) =>
            {
                Screen.Line(Tokens.Mint(
                    Connections.KeyOf(parsed.GetValue(name)!), parsed.GetValue(subject)!, parsed.GetValue(hunt)!,
                    TimeSpan.FromHours(parsed.GetValue(hours)), TimeProvider.System, parsed.GetValue(role)!));
                return Task.FromResult(ExitCode.Ok);
            }) { role, subject, hunt, hours, name };
    }
}
