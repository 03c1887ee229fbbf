namespace FileMonitor;

/// <summary>The actor in the JSON of an event. Names are written like paths: with U+FFFD for a byte that is not UTF-8, and then with their bytes.</summary>
internal sealed class ActorJson(Actor actor, bool others)
{
    public ActorConfidence Confidence => actor.Confidence;

    public int? ProcessId => actor.ProcessId;

    public long? StartKey => actor.StartKey;

    public string? Executable => actor.Executable;

    public string? ExecutableBytes => actor.ExecutableBytes;

    public string? CommandLine => actor.CommandLine;

    public string? CommandLineBytes => actor.CommandLineBytes;

    public long? UserId => actor.UserId;

    public string? UserName => actor.UserName;

    public string? ContainerId => actor.ContainerId;

    public bool Others => others;
}
