using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>Who did it, in OCSF. There has to be a process or a user; a process has to have a number.</summary>
internal static class OcsfActor
{
    /// <summary>The actor when it can be written as a process; otherwise null.</summary>
    public static Actor? ProcessOf(Actor? actor) => actor?.ProcessId is null ? null : actor;

    public static void Write(Utf8JsonWriter writer, Actor? actor, Actor? process, SchemaContext context)
    {
        var hasUser = actor is not null && (actor.UserId is not null || !string.IsNullOrEmpty(actor.UserName));
        writer.WriteStartObject("actor"u8);
        if (process is not null)
        {
            WriteProcess(writer, process, context);
        }

        if (hasUser)
        {
            writer.WriteStartObject("user"u8);
            writer.WriteDigits("uid"u8, actor!.UserId);
            writer.WriteText("name"u8, actor.UserName);
            writer.WriteEndObject();
        }
        else if (process is null)
        {
            writer.WriteStartObject("user"u8);
            writer.WriteString("name"u8, "Unknown");
            writer.WriteNumber("type_id"u8, 0);
            writer.WriteString("type"u8, "Unknown");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter writer, Actor process, SchemaContext context)
    {
        writer.WriteStartObject("process"u8);
        writer.WriteInteger("pid"u8, process.ProcessId);
        writer.WriteText("uid"u8, Facts.ProcessIdentity(process, context));
        writer.WriteText("cmd_line"u8, process.CommandLine);
        if (process.Executable is { Length: > 0 } executable)
        {
            writer.WriteString("name"u8, new PathParts(executable).Name);
            writer.WriteStartObject("file"u8);
            OcsfFile.WriteName(writer, executable);
            writer.WriteNumber("type_id"u8, 1);
            writer.WriteString("type"u8, "Regular File");
            writer.WriteEndObject();
        }

        if (process.ContainerId is { Length: > 0 } container)
        {
            writer.WriteStartObject("container"u8);
            writer.WriteString("uid"u8, container);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
