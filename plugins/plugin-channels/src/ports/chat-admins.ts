/** Who administers a chat of a platform. */
export interface ChatAdmins {
  /** Ids of people, not of bots. @throws what the platform answers */
  adminsOf(chatId: string): Promise<readonly string[]>;
}
