using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Tests.Unit.Hunts;

public class TeamTests
{
    private static Play Given() => Play.Published(Sample.Treasure("clock"));

    [Fact]
    public void A_player_registers_a_team_and_plays_for_it()
    {
        var play = Given();
        var fact = Assert.IsType<TeamRegistered>(play.Registers("ann", "reds", "sesame"));
        Assert.Equal(("reds", "ann"), (fact.Team, fact.Player));
        Assert.IsType<TreasureFound>(play.AtMinute(0).Finds("ann", "clock"));
    }

    [Fact]
    public void The_name_and_the_code_of_a_team_are_not_in_the_stream()
    {
        var play = Given();
        var json = System.Text.Json.JsonSerializer.Serialize(play.Registers("ann", "reds", "sesame"), Contracts.Wire.Default.HuntFact);
        Assert.DoesNotContain("sesame", json);
        Assert.DoesNotContain("Team reds", json);
    }

    [Fact]
    public void Who_knows_the_code_joins()
    {
        var play = Given();
        play.Registers("ann", "reds", "sesame");
        Assert.Equal(RefusalCode.JoinCodeWrong, Then.Refused(play.Joins("bob", "reds", "sesam")));
        Assert.Equal("bob", Assert.IsType<TeamJoined>(play.Joins("bob", "reds", "sesame")).Player);
        Assert.Equal("reds", Assert.IsType<TreasureFound>(play.AtMinute(0).Finds("bob", "clock")).Team);
    }

    [Fact]
    public void A_code_opens_its_own_team_only()
    {
        var play = Given();
        play.Registers("ann", "reds", "sesame");
        play.Registers("bob", "blues", "sesame");
        Assert.NotEqual(((TeamRegistered)play.Facts[^1]).CodeMac, ((TeamRegistered)play.Facts[^2]).CodeMac);
    }

    [Fact]
    public void Without_a_code_nobody_can_join()
    {
        var play = Given();
        play.Registers("ann", "reds");
        Assert.Equal(RefusalCode.JoinCodeWrong, Then.Refused(play.Joins("bob", "reds", "")));
    }

    [Fact]
    public void An_id_is_taken_once()
    {
        var play = Given();
        play.Registers("ann", "reds");
        Assert.Equal(RefusalCode.TeamNameTaken, Then.Refused(play.Registers("bob", "reds")));
    }

    [Fact]
    public void A_player_is_in_one_team()
    {
        var play = Given();
        play.Registers("ann", "reds", "sesame");
        play.Registers("bob", "blues", "open");
        Assert.Equal(RefusalCode.PlayerAlreadyInTeam, Then.Refused(play.Registers("ann", "greens")));
        Assert.Equal(RefusalCode.PlayerAlreadyInTeam, Then.Refused(play.Joins("ann", "blues", "open")));
    }

    [Fact]
    public void An_unknown_team_cannot_be_joined() =>
        Assert.Equal(RefusalCode.TeamUnknown, Then.Refused(Given().Joins("bob", "reds", "sesame")));

    [Fact]
    public void A_service_registers_any_number_of_teams_and_is_a_player_of_none()
    {
        var play = Given();
        foreach (var team in new[] { "one", "two", "three" })
            Assert.Null(Assert.IsType<TeamRegistered>(play.Do("partner", new RegisterTeam(team, team) { ActionId = play.NextId() }, service: true)).Player);
        Assert.Equal(RefusalCode.TeamNotRegistered, Then.Refused(play.AtMinute(0).Finds("partner", "clock")));
    }

    [Fact]
    public void Teams_may_form_from_publication_until_the_hunt_closes_also_while_it_is_paused()
    {
        var play = Play.Unpublished("old-town");
        Assert.Equal(RefusalCode.HuntNotPublished, Then.Refused(play.Registers("ann", "reds")));
        Assert.Equal(RefusalCode.HuntNotPublished, Then.Refused(play.Joins("ann", "reds", "x")));
        play = Given().AtMinute(1);
        play.Organiser(id => new PauseHunt { ActionId = id });
        Assert.IsType<TeamRegistered>(play.Registers("ann", "reds"));
        play.AtMinute(240);
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.Registers("bob", "blues")));
        Assert.Equal(RefusalCode.HuntClosed, Then.Refused(play.Joins("bob", "reds", "x")));
    }
}
